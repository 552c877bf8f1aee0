#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Each page that has a Chinese version says the same there: headings, code, keys and commands.
exec node "$(dirname "$0")/lint-docs.mjs"
