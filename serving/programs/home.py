"""The scorecard file of a program in the home: where it is, and how another takes its place."""

import logging
from pathlib import Path

from features.errors import LeadscoreError, RegistryError, ScorecardError
from serving.programs.service import LEADS
from training.registry.lock import alone
from training.scorecard import Scorecard, load, save

log = logging.getLogger("leadscore")
WAIT = 5.0  # seconds for a command that is writing the champion


def card_path(home: Path, program: str) -> Path:
    """Where a program's scorecard is.

    >>> card_path(Path("home"), "leads").as_posix(), card_path(Path("home"), "customers").as_posix()
    ('home/scorecard.json', 'home/customers/scorecard.json')
    """
    return (home if program == LEADS else home / program) / "scorecard.json"


def held_card(path: Path) -> Scorecard | None:
    """The scorecard in a file; None where there is none that can be read."""
    try:
        return load(path)
    except ScorecardError:
        return None


def put_card(path: Path, card: Scorecard, instead_of: Scorecard | None) -> str:
    """Write a scorecard file, unless another process has just written another one; why it was not, else empty.

    instead_of: what the file held when this was decided; None: it held nothing that could be read
    The file changes in one step, so that whoever reads it finds the one or the other, whole.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.parent, "champion", WAIT):
            held = held_card(path)
            if held == card:
                return ""
            if held != instead_of:
                return "another scorecard was written meanwhile"
            save(card, path)
    except (LeadscoreError, OSError) as error:
        why = f"{error.what}: {error.got}" if isinstance(error, RegistryError) else str(error)
        log.warning("the home's scorecard was not replaced: %s", why)
        return why
    return ""
