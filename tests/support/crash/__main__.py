"""``make crash``: the whole crash test, on both databases; prints what happened."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from crash.databases import postgresql, sqlite
from crash.figures import Broken
from crash.rounds import Crash, Plan

DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def main() -> int:
    """0 when nothing was lost, doubled or out of order; 1 with what was, and how to do it again."""
    asked = argparse.ArgumentParser(prog="crash", description=__doc__)
    asked.add_argument("--rounds", type=int, default=200, help="for each database")
    asked.add_argument("--seed", default=str(time.time_ns()), help="to do rounds again")
    asked.add_argument("--database", choices=DATABASES, help="only this one")
    told = asked.parse_args()
    for name in [told.database] if told.database else DATABASES:
        with tempfile.TemporaryDirectory(prefix="crash") as folder, DATABASES[name](Path(folder)) as database:
            test = Crash(database, Path(folder), told.seed, Plan(), lambda line: print(line, flush=True))
            try:
                print(f"{name}: {test.run(told.rounds)}", flush=True)
            except Broken as broken:
                print(f"{broken}\nagain: make crash ROUNDS={told.rounds} SEED={told.seed}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
