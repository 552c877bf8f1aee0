#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# deps.sh PACKAGE... - installs the Debian packages that are missing and the tests' npm packages;
# does nothing when all are there.
set -eu
cd "$(dirname "$0")/.."

missing=
for package in "$@"; do
	case $package in
	nodejs) command -v node >/dev/null 2>&1 && continue ;; # whoever packaged it
	npm) command -v npm >/dev/null 2>&1 && continue ;;
	esac
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done

if [ -n "$missing" ]; then
	echo "installing:$missing"
	root=
	[ "$(id -u)" -eq 0 ] || root=sudo
	apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"
	# shellcheck disable=SC2086 # lists of words, split on purpose
	$apt install -y --no-install-recommends $missing || {
		$apt update
		$apt install -y --no-install-recommends $missing
	}
	# The tests start these by themselves, on ports of their own; the machine need not.
	for service in kannel osmo-msc kamailio; do
		case " $missing " in
		*" $service "*)
			[ ! -d /run/systemd/system ] || $root systemctl disable -q --now "$service" || true
			;;
		esac
	done
fi

major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 18 ]; then
	echo "node $major is too old: 18 or newer is needed" >&2
	exit 1
fi
mark=tests/node_modules/.package-lock.json
if [ ! -e "$mark" ] || [ tests/package-lock.json -nt "$mark" ]; then
	npm ci --prefix tests --no-audit --no-fund --loglevel=error
	touch "$mark"
fi
