"""The version that is watched, with what is kept of the leads that it learned from."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from training.drift.profile import FILE, Profile, decode
from training.registry.champion import FILE as SERVED
from training.registry.champion import model_of
from training.registry.place import Registry
from training.registry.versions import CHAMPION, card_of, find, find_or_none, text_of
from training.scorecard import Scorecard, load


class Champion(NamedTuple):
    """A scorecard, the profile that is kept with it (None where none is), and what any version was made of.

    version_of: a version's scorecard by its number; None where the registry does not hold it
    """

    card: Scorecard
    reference: Profile | None
    version_of: Callable[[str], Scorecard | None]


def champion_of(registry: Registry, home: Path, name: str) -> Champion:
    """The champion of a model; of a home without a registry, the agreement that was adopted there.

    Raises RegistryError or ScorecardError where there is neither, or it cannot be read.
    """
    if not registry.begun and (home / SERVED).exists():
        return Champion(load(home / SERVED), None, lambda _: None)
    model = model_of(registry, home, name)
    champion = find(registry, model, CHAMPION)
    card = card_of(registry, champion)
    kept = text_of(registry, champion, FILE)

    @cache
    def version_of(number: str) -> Scorecard | None:
        found = find_or_none(registry, model, number) if number.isdecimal() else None
        return card_of(registry, found) if found else None

    return Champion(card, decode(kept, card) if kept else None, version_of)
