"""A progress bar for commands that take more than two seconds; on standard error, so that output stays clean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Step = Callable[[str, int, int], None]


@contextmanager
def progress() -> Iterator[Step]:
    """Gives what is told of every step as ``step(what, done, of)``; one bar that always shows the latest."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=None)

        def step(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total)

        yield step
