"""The crash test in short; ``make crash`` runs it at full length."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from time import time_ns

import pytest
from crash.databases import Database, postgresql, sqlite
from crash.rounds import Crash, Plan

ROUNDS = 10
QUICK = Plan(seconds=0.6, shared=0.0)


@pytest.mark.slow
@pytest.mark.parametrize("opened", [sqlite, partial(postgresql, flush=False)], ids=["sqlite", "postgresql"])
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    opened: Callable[[Path], AbstractContextManager[Database]], tmp_path: Path
) -> None:
    with opened(tmp_path) as database:
        figures = Crash(database, tmp_path, str(time_ns()), QUICK).run(ROUNDS)
    assert figures.rounds == ROUNDS
    assert sum(figures.acknowledged.values()) > 0
    assert 0 < figures.webhooks <= figures.heard
