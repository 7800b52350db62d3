"""The door before the database: open while it answers; once it does not, one goes through at a time.

Without it, everybody who asks would wait as long as the first one, and soon no thread would be left for anything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Gate:
    """Shared by threads."""

    def __init__(self) -> None:
        self._shut = False
        self._trying = Lock()

    @contextmanager
    def passage(self) -> Iterator[bool]:
        """Whether to go on: not while another one is finding out whether the database answers again."""
        if not self._shut:
            yield True
        elif self._trying.acquire(blocking=False):
            try:
                yield True
            finally:
                self._trying.release()
        else:
            yield False

    def shut(self) -> None:
        """The database did not answer."""
        self._shut = True

    def open(self) -> None:
        """It did."""
        self._shut = False
