/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* version.h - what `mianrao version` and `mianrao status` tell. */
#pragma once

#define MIANRAO_VERSION "0.1.0"
