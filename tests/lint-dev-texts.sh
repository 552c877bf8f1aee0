#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The words of rules/*.c and deploy/language/ are words, not texts of the development set.
exec node "$(dirname "$0")/lint-dev-texts.mjs"
