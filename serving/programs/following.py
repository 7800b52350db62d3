"""Following a registry elsewhere: its champion is fetched, checked, and written to the home, where serving reads it.

Whatever is wrong (the registry does not answer, the champion is damaged or of another agreement), the home keeps what
it has, and ``follow.json`` beside the scorecard says so.
"""

import logging
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from features.errors import LeadscoreError, RegistryError, ScorecardError
from features.moments import iso
from serving.programs.fitting import fitting
from serving.programs.home import card_path, held_card, put_card
from serving.store.database import Store
from training.carried import trained_version
from training.scorecard import RULES, Scorecard

log = logging.getLogger("leadscore")
FILE = "follow.json"


class Champion(Protocol):
    """A registry's champion of one model; both raise RegistryError, and ``card`` ScorecardError."""

    @property
    def where(self) -> str:
        """The registry's address, without a password."""

    def version(self) -> str:
        """Its number."""

    def card(self) -> Scorecard:
        """Its scorecard, under its number."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when the registry was last looked at.

    looked_at: ISO 8601; registry: its address; champion: the version behind the alias, as last seen
    error: why that does not serve, empty where it does; failing_since: since when, ISO 8601
    """

    looked_at: str
    registry: str
    champion: str = ""
    error: str = ""
    failing_since: str = ""


class Followed(NamedTuple):
    """A program of a home, with the store that knows its adopted agreement."""

    home: Path
    program: str
    store: Store

    @property
    def card_path(self) -> Path:
        """Its scorecard."""
        return card_path(self.home, self.program)


def look(followed: Followed, champion: Champion, now: int) -> Look:
    """Look at the registry once, and take up its champion where that is another one; what was found, also kept."""
    before, at, version = last_look(followed.home, followed.program), iso(now), ""
    try:
        version = champion.version()
        settled = before is not None and before.champion == version and not before.error
        _take_up(followed, champion, version, settled=settled)
        found = Look(looked_at=at, registry=champion.where, champion=version)
    except LeadscoreError as error:
        said = f"{error.what}: {error.got}" if error.got else error.what
        since = before.failing_since if before and before.error else at
        last = version or (before.champion if before else "")
        found = Look(looked_at=at, registry=champion.where, champion=last, error=said, failing_since=since)
    _keep(followed.card_path.with_name(FILE), found)
    return found


def last_look(home: Path, program: str) -> Look | None:
    """What was found last; None where nobody follows a registry."""
    try:
        return msgspec.json.decode(card_path(home, program).with_name(FILE).read_bytes(), type=Look)
    except (OSError, msgspec.DecodeError):
        return None


def _take_up(followed: Followed, champion: Champion, version: str, *, settled: bool) -> None:
    path = followed.card_path
    held = held_card(path)
    if settled and held is not None and trained_version(held.model_version) == version:
        return
    card = champion.card()
    if held is not None and held.name != card.name and held.model_version != RULES:
        what = f"the registry's champion is of the model '{card.name}', not '{held.name}'"
        raise ScorecardError(what, where=champion.where)
    fits = followed.store.read(lambda connection: fitting(connection, followed.program, card))
    if fits != held and (why := put_card(path, fits, held)):
        raise RegistryError("the champion cannot be written to the home", where=str(path), got=why)


def _keep(path: Path, found: Look) -> None:
    partial = path.with_name(f".{FILE}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        partial.replace(path)
    except OSError as error:
        log.warning("%s cannot be written: %s", path.name, error.strerror)
