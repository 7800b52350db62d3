"""What the tests of observe share: a log that is read, and put back as it was."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from serving.observe import logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the log goes, as JSON; afterwards logging is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.QUIET}
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lines(out: io.StringIO) -> Lines:
    """Each line of the log so far."""
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]
