/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/supervisor.h"

#include <systemd/sd-daemon.h>

#include "gateway/version.h"

void supervisor_ready(void)
{
	sd_notify(0, "READY=1\nSTATUS=mianraod " MIANRAO_VERSION ": doors open");
}

void supervisor_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=finishing what is under way");
}

void supervisor_beat(void)
{
	sd_notify(0, "WATCHDOG=1");
}
