"""What was read of a registry and what was decided, in files of the home: the same for all workers."""

import logging
from pathlib import Path
from typing import TypeVar

import msgspec

from serving.versions.shapes import Decision, Said

log = logging.getLogger("leadscore")
REGISTRY, DECISION = "registry.json", "decision.json"
T = TypeVar("T", bound=msgspec.Struct)


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was last read of a registry, and when it was (microseconds); ``last``: the last time that it could be."""

    at: int
    said: Said
    last: Said | None = None


def last_read(home: Path) -> Read | None:
    """What was read last; None where nothing was."""
    return _load(home / REGISTRY, Read)


def keep_read(home: Path, said: Said, at: int) -> None:
    """Keep what was read; a fault leaves what was read before it."""
    before = last_read(home)
    last = said if said.snapshot else before.last if before else None
    _save(home / REGISTRY, Read(at=at, said=said, last=last))


def last_decision(home: Path) -> Decision | None:
    """The promotion or rollback that was asked for last; None where none was."""
    return _load(home / DECISION, Decision)


def keep_decision(home: Path, decision: Decision) -> None:
    """Keep a decision, begun or ended."""
    _save(home / DECISION, decision)


def _load(path: Path, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError):
        return None


def _save(path: Path, content: msgspec.Struct) -> None:
    """Write a file, whole or not at all; a home that cannot be written is no reason to fail."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.json.encode(content))
        partial.replace(path)
    except OSError as error:
        log.warning("%s cannot be written: %s", path.name, error.strerror)
