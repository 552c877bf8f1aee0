// SPDX-License-Identifier: AGPL-3.0-or-later
// machine.mjs - a private machine: this one's files with a layer of its own over them, booted by its own
// systemd, without a network but its loopback. What is installed there is nowhere else, and ends with it.

import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { start } from './process.mjs';
import { Hopeless, waitFor } from './wait.mjs';

const run = promisify(execFile);

// One thing after the other; each that fails tells why there can be no such machine here.
const boot = `set -eu
mount --make-rprivate /
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc none proc
mount -t sysfs none sys
mount -t cgroup2 none sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs none run
mount -t tmpfs none tmp
mkdir -m 755 -p tmp/given
mount --bind "$2" tmp/given
# Containers have one that forbids packages to start what they install.
rm -f usr/sbin/policy-rc.d
echo "machine: booting"
# Not chroot: a process in one may not make user namespaces, and units of services do.
pivot_root . mnt
umount -l /mnt
exec env -i container=mianrao PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target
`;

export class Machine {
	// Why there can be none here; undefined when there can.
	static impossible() {
		if (process.getuid() !== 0) return 'needs root';
		if (!fs.existsSync('/lib/systemd/systemd')) return 'systemd is not installed';
		const tried = spawnSync('unshare', ['-mpiuCn', '--fork', '--kill-child', 'sh', '-ec',
			'mount --make-rprivate /; mount -t tmpfs none /mnt; mkdir /mnt/u /mnt/w /mnt/r /mnt/c; ' +
			'mount -t overlay none -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r; mount -t cgroup2 none /mnt/c'],
		{ encoding: 'utf8' });
		return tried.status === 0 ? undefined : `no private machine here: ${tried.stderr.trim()}`;
	}

	// What is in `given` is in /tmp/given there.
	constructor(folder, given) {
		this.folder = path.join(folder, 'machine');
		this.given = given;
		fs.mkdirSync(this.folder);
	}

	async start() {
		this.child = start('unshare', ['-mpiuCn', '--fork', '--kill-child', 'bash', '-c', boot, 'boot', this.folder, this.given],
			{ log: path.join(this.folder, '..', 'machine.log') });
		await waitFor('the machine to be up', async () => {
			if (!this.child.running()) throw new Hopeless(`it ended: ${this.child.lines.slice(-3).join(' / ')}`);
			this.pid ??= this.#first();
			if (!this.pid) return false;
			const { out } = await this.command('systemctl', 'is-system-running');
			return /running|degraded/.test(out);
		}, { timeout: 60000 });
		return this;
	}

	// The first process of the machine, as seen from here.
	#first() {
		const children = fs.readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim();
		return children && fs.readFileSync(`/proc/${children}/comm`, 'utf8').trim() === 'systemd' ? children : undefined;
	}

	// { code, out, err } of a command that runs there.
	async command(...args) {
		try {
			const { stdout, stderr } = await run('nsenter', ['-t', this.pid, '-m', '-p', '-i', '-u', '-C', '-n',
				...args.map(String)], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' }, timeout: 120000 });
			return { code: 0, out: stdout.trim(), err: stderr.trim() };
		} catch (error) {
			return { code: error.code ?? -1, out: (error.stdout ?? '').trim(), err: (error.stderr ?? String(error)).trim() };
		}
	}

	// What the command printed; throws when it failed.
	async run(...args) {
		const { code, out, err } = await this.command(...args);
		if (code !== 0) throw new Error(`${args.join(' ')}: ${code}: ${out} ${err}`);
		return out;
	}

	// A program of this machine in the network of that one: what it printed.
	async beside(...args) {
		const { stdout } = await run('nsenter', ['-t', this.pid, '-n', ...args.map(String)], { timeout: 120000 });
		return stdout.trim();
	}

	async stop() {
		if (this.child?.running()) this.child.kill('SIGKILL');
		await this.child?.ended;
	}
}
