#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A rewards system in small: credits each request of mr:rewards exactly once, whatever crashes.

    consumer.py [--redis HOST:PORT] [--prefix mr:] [--group rewards] [--name NAME]
                [--db credits.db] [--idle SECONDS]

Debian: python3-redis. Run as many of them as you like, each with a name of its own and all with one
database.

Three steps, in this order, make it right:

    1. the credit and the note that this id is credited: one transaction
    2. the answer
    3. XACK

Killed before 1, nothing has happened, and the request stays pending in the group. Killed after 1,
the request comes again, its id is known, and it is only answered. Nothing is lost, nothing is
credited twice. An answer may be given twice: the gateway knows that.
"""

import argparse
import os
import sqlite3
import time

import redis

SCHEMA = """
    CREATE TABLE IF NOT EXISTS entry(
        id TEXT PRIMARY KEY, type TEXT NOT NULL, subscriber TEXT NOT NULL,
        amount_mb INTEGER NOT NULL, reverses TEXT, requests INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS balance(subscriber TEXT PRIMARY KEY, mb INTEGER NOT NULL);
"""


BUSY_S = 60


def open_database(path):
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            # Of all statements this one does not wait for another that is creating the same database.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    db.execute("PRAGMA synchronous=FULL")
    db.executescript(SCHEMA)
    return db


def refusal(db, request):
    """Why this request cannot be met, or None. Your own rules belong here."""
    if request["type"] == "reverse":
        credit = db.execute("SELECT 1 FROM entry WHERE id=?", (request["reverses"],)).fetchone()
        return None if credit else "no such credit"
    return None if request["subscriber"].startswith("+") else "no such subscriber"


def settle(db, request):
    """Step 1: (status, reason). The same id a second time changes nothing but its count."""
    done = "reversed" if request["type"] == "reverse" else "credited"
    amount = int(request["amount_mb"])
    db.execute("BEGIN IMMEDIATE")  # nobody else looks at this id in between
    try:
        known = db.execute("UPDATE entry SET requests=requests+1 WHERE id=?", (request["id"],))
        if known.rowcount == 0:
            reason = refusal(db, request)
            if reason:  # not noted down: should it be asked again, it is decided anew
                db.execute("ROLLBACK")
                return "failed", reason
            db.execute("INSERT INTO entry VALUES(?,?,?,?,?,1)",
                       (request["id"], request["type"], request["subscriber"], amount,
                        request.get("reverses")))
            db.execute("INSERT INTO balance VALUES(?,?) ON CONFLICT DO UPDATE SET mb=mb+excluded.mb",
                       (request["subscriber"], -amount if done == "reversed" else amount))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return done, ""


class Consumer:
    def __init__(self, options):
        host, port = options.redis.rsplit(":", 1)
        self.redis = redis.Redis(host, int(port), decode_responses=True)
        self.db = open_database(options.db)
        self.stream = options.prefix + "rewards"
        self.answers = options.prefix + "rewards:acks"
        self.bad = options.prefix + "rewards:bad"
        self.group, self.name, self.idle = options.group, options.name, options.idle

    def join(self):
        try:
            self.redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def take(self, entry, request):
        try:
            status, reason = settle(self.db, request)
        except (KeyError, ValueError) as error:  # not as the schema says: for a person to look at
            self.redis.xadd(self.bad, {"entry": entry, "error": repr(error)}, maxlen=10_000)
        else:
            answer = {"id": request["id"], "status": status, "reason": reason}
            self.redis.xadd(self.answers, answer, maxlen=1_000_000, approximate=True)  # step 2
        self.redis.xack(self.stream, self.group, entry)  # step 3

    def read(self, start, block=None):
        found = self.redis.xreadgroup(self.group, self.name, {self.stream: start}, 100, block)
        return found[0][1] if found else []

    def take_over(self):
        """What others were given and have not acknowledged: they are dead, or will find it done."""
        start = "0-0"
        while True:
            reply = self.redis.xautoclaim(self.stream, self.group, self.name,
                                          int(self.idle * 1000), start, count=100)
            for entry, request in reply[1]:
                if request:  # not trimmed away
                    self.take(entry, request)
            start = reply[0]
            if start == "0-0":
                return

    def run(self):
        self.join()
        # What this name was given before it was killed comes first.
        while own := self.read("0"):
            for entry, request in own:
                if request:
                    self.take(entry, request)
                else:
                    self.redis.xack(self.stream, self.group, entry)
        looked = 0
        while True:
            if time.monotonic() - looked > self.idle:
                self.take_over()
                looked = time.monotonic()
            for entry, request in self.read(">", 1000):
                self.take(entry, request)


def main():
    parser = argparse.ArgumentParser(description="credits requests of Mianrao exactly once")
    parser.add_argument("--redis", default="127.0.0.1:6379")
    parser.add_argument("--prefix", default="mr:")
    parser.add_argument("--group", default="rewards")
    parser.add_argument("--name", default=os.uname().nodename)
    parser.add_argument("--db", default="credits.db")
    parser.add_argument("--idle", type=float, default=10, help="take over after so many seconds")
    options = parser.parse_args()
    while True:
        try:
            Consumer(options).run()
        except redis.ConnectionError as error:
            print(f"redis: {error}; again in a second", flush=True)
            time.sleep(1)
        except redis.ResponseError as error:  # the stream was taken away: join anew
            print(f"redis: {error}; again in a second", flush=True)
            time.sleep(1)


if __name__ == "__main__":
    main()
