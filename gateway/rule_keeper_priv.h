/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_keeper_priv.h - what the two halves of the keeper of the snapshot share. */
#pragma once

#include "gateway/rule_keeper.h"
#include "gateway/rule_snapshot.h"

#define RULE_KEEPER_FILE "rules.snapshot"

struct rule_keeper {
	struct gateway *gateway;
	struct event *timer;
	struct event *turn;	  /* the next slice */
	struct loading *loading;  /* rule_keeper.c */
	struct rule_mark written; /* as of the file; id -1: there is none */
	bool started;
	bool writing;
};

/* The timer's callback: writes the file, if anything was changed since. */
void rule_keeper_write(evutil_socket_t fd, short what, void *keeper);
