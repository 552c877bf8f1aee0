#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""follow.py - how others read the rules in Redis, and stay coherent with them.

    follow.py [--port 6379] [--prefix mr:] +8613800138000 ...

Prints the rules of each subscriber, and again whenever they change. Two connections: one asks, the other is
told by Redis (client tracking, broadcast mode) which keys have changed. What matters:

- Tracking is on before the first read: a change in between is told.
- While <prefix>rules:epoch is missing the rules are being filled in: an absent key means nothing then, and
  what was known before goes on holding.
- When a connection is lost, changes may have been missed: everything is read again.
Needs: python3-redis (Debian).
"""
import argparse
import sys
import time

import redis

INVALIDATE = "__redis__:invalidate"


class Follower:
    def __init__(self, port, prefix, subscribers, told):
        self.port, self.prefix, self.subscribers, self.told = port, prefix, subscribers, told
        self.known = {}

    def key(self, subscriber):
        return f"{self.prefix}rules:{{{subscriber}}}"

    def connect(self):
        self.asking = redis.Redis(port=self.port, decode_responses=True, single_connection_client=True)
        self.listening = redis.Redis(port=self.port, decode_responses=True).pubsub(ignore_subscribe_messages=True)
        self.listening.subscribe(INVALIDATE)
        self.listening.get_message(timeout=1)  # the subscription is there
        self.asking.execute_command("CLIENT", "TRACKING", "ON", "REDIRECT", self.listener_id(), "BCAST",
                                    "PREFIX", f"{self.prefix}rules:")

    def listener_id(self):
        """Redis tells of changes to the connection that is subscribed, and wants its id."""
        address = "%s:%s" % self.listening.connection._sock.getsockname()[:2]
        for client in self.asking.client_list():
            if client["addr"] == address:
                return client["id"]
        raise RuntimeError("the connection that listens was lost at once")

    def read(self, subscriber):
        rules, epoch = self.asking.mget(self.key(subscriber), f"{self.prefix}rules:epoch")
        if rules is None and epoch is None:
            return  # being filled: what is known goes on holding
        rules = rules or ""
        if self.known.get(subscriber) != rules:
            self.known[subscriber] = rules
            self.told(subscriber, rules)

    def read_all(self):
        for subscriber in self.subscribers:
            self.read(subscriber)

    def changed(self, keys):
        """A list of keys; None: all of them (a flush)."""
        if keys is None or f"{self.prefix}rules:epoch" in keys:
            self.read_all()
            return
        for subscriber in self.subscribers:
            if self.key(subscriber) in keys:
                self.read(subscriber)

    def run(self):
        while True:
            try:
                self.connect()
                self.read_all()
                while True:
                    message = self.listening.get_message(timeout=1)
                    if message:
                        self.changed(message["data"])
                    else:
                        self.asking.ping()  # a connection that is gone says so
            except (redis.RedisError, OSError, RuntimeError) as error:
                print(f"follow.py: {error}; again in a second", file=sys.stderr, flush=True)
                time.sleep(1)


def show(subscriber, rules):
    print(f"{subscriber}: {rules.strip().replace(chr(10), '; ') or 'no rules'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="follow the rules of subscribers in Redis")
    parser.add_argument("--port", type=int, default=6379)
    parser.add_argument("--prefix", default="mr:")
    parser.add_argument("subscriber", nargs="+")
    options = parser.parse_args()
    try:
        Follower(options.port, options.prefix, options.subscriber, show).run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
