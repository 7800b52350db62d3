"""A progress bar for bulk work, on the terminal only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from features.engines.connection import Step

_WORDS = {"reading out": "scoring"}


@contextmanager
def progress() -> Iterator[Step]:
    """Gives what an engine tells its steps to; nothing is shown where standard error is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    tasks: dict[str, TaskID] = {}

    def step(what: str, done: int, of: int) -> None:
        task = tasks.get(what)
        if task is None:
            task = tasks[what] = shown.add_task(_WORDS.get(what, what), total=None)
        shown.update(task, completed=done, total=of or None)

    with shown:
        yield step
