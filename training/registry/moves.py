"""Which version became the champion when, by whom and why: a record in the registry that only grows.

Each move is a tag of the registered model, named by its moment and never written again, so that every MLflow server
keeps it. A promotion puts a version on top of the champions before it; a rollback takes the top one off.
"""

import getpass
from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from mlflow.exceptions import MlflowException

from features.moments import iso, moment, now
from training.registry.place import Registry, reaching

TAG: Final = "leadscore.moved "
What = Literal["first", "promoted", "overridden", "rolled back"]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the champion.

    version: the champion from then on; before: the one until then, empty for the first
    evidence: the verdict in words, empty where none was asked for
    """

    at: str
    what: What
    version: str
    before: str = ""
    by: str = ""
    reason: str = ""
    evidence: str = ""


def this_user() -> str:
    """The name of the operating system's user; ``unknown`` where it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def moved(what: What, version: str, *, reason: str, before: str = "", by: str = "", evidence: str = "") -> Move:
    """A move at this moment; without ``by``, of the operating system's user."""
    by = by or this_user()
    return Move(at=iso(now()), what=what, version=version, before=before, by=by, reason=reason, evidence=evidence)


def record(registry: Registry, name: str, move: Move) -> None:
    """Keep a move."""
    with reaching(registry) as client:
        client.set_registered_model_tag(name, TAG + move.at, msgspec.json.encode(move).decode())


def moves_of(registry: Registry, name: str) -> list[Move]:
    """All moves, the earliest first; empty where the model was never registered."""
    with reaching(registry) as client:
        try:
            tags = client.get_registered_model(name).tags
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return []
            raise
    kept = [msgspec.json.decode(text, type=Move) for key, text in tags.items() if key.startswith(TAG)]
    return sorted(kept, key=lambda move: moment(move.at))


def before_champion(moves: Iterable[Move], champion: str) -> str | None:
    """The version that a rollback brings back: the one that was champion when this one took its place.

    A rollback never brings back a version that was rolled back itself, so that a second one goes a step further.

    >>> first, second, third = (
    ...     Move(at=str(i), what="promoted", version=str(i), before=str(i - 1)) for i in (1, 2, 3)
    ... )
    >>> back = Move(at="4", what="rolled back", version="2", before="3")
    >>> before_champion([first, second, third], "3"), before_champion([first, second, third, back], "2")
    ('2', '1')
    """
    stack: list[str] = []
    for move in moves:
        if move.what == "rolled back":
            while stack and stack[-1] != move.version:
                stack.pop()
            stack = stack or [move.version]
            continue
        if move.before and (not stack or stack[-1] != move.before):
            stack.append(move.before)  # it was made the champion by hand, or before moves were recorded
        stack.append(move.version)
    if stack and stack[-1] == champion:
        stack.pop()
    return stack[-1] if stack else None
