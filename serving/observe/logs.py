"""The log: one line an event, JSON for machines or readable on a terminal, and no personal data.

Everything goes through here, what libraries log by ``logging`` as well. Of an exception only its type and where it came
from are written: its text may hold the values of a row.
"""

import logging
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from serving.observe import request_id

QUIET = ("alembic", "asyncio", "httpx", "httpx2", "urllib3")  # their warnings only: some log whole addresses
FRAMES = 12


def configure(*, json: bool | None = None, stream: TextIO | None = None) -> None:
    """Set up logging for this process; to be called before the app is made.

    json: or readable; default: JSON unless the stream is a terminal; stream: default: the standard error
    """
    out = sys.stderr if stream is None else stream
    as_json = not out.isatty() if json is None else json
    written: Processor = _json if as_json else structlog.dev.ConsoleRenderer(colors=out.isatty())
    common: list[Processor] = [
        structlog.processors.add_log_level,
        _at_now if as_json else structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        _with_request,
        _without_values,
    ]
    structlog.configure(
        processors=[*common, written],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, written]
    foreign = [structlog.stdlib.add_logger_name, *common]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=last))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def request_log() -> FilteringBoundLogger | None:
    """Where requests are written; None as long as nobody has configured the log."""
    log: FilteringBoundLogger = structlog.get_logger().bind()
    return log if structlog.is_configured() else None


def _at_now(_: Any, __: str, event: EventDict) -> EventDict:
    event["at"] = datetime.now(UTC)
    return event


def _json(_: Any, __: str, event: EventDict) -> str:
    first = {"at": event.pop("at"), "level": event.pop("level"), "event": event.pop("event")}
    return orjson.dumps(first | dict(event), _kind, orjson.OPT_UTC_Z).decode()


def _kind(value: object) -> str:
    """What is written of a value that is no JSON."""
    return type(value).__name__


def _with_request(_: Any, __: str, event: EventDict) -> EventDict:
    current = request_id.current()
    if current:
        event["request_id"] = current
    return event


def _without_values(_: Any, __: str, event: EventDict) -> EventDict:
    """In place of an exception: the types of it and of its causes, and the last calls that led there."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = " from ".join(_types(error))
        event["calls"] = _calls(traceback.extract_tb(error.__traceback__))
    return event


def _types(error: BaseException | None) -> list[str]:
    found: list[str] = []
    while error is not None and len(found) < FRAMES:
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return found


def _calls(frames: Sequence[traceback.FrameSummary]) -> list[str]:
    return [f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in frames[-FRAMES:]]
