"""What an answer must not be silent about: what nobody reads, what was not sent, numbers sent as text."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache

from features.catalog import Feature
from features.moments import iso
from features.tables import Lead, profile_at
from training.scorecard import Scorecard

NAMED = 10  # names told at most, of fields or types that nobody reads
REMEMBERED, LONGEST = 256, 1_000  # sets of names kept at hand: how many, and of how many characters

About = Callable[[frozenset[str]], list[str]]


class Notes:
    """The notes on leads that a scorecard scores; made once, like its scorer."""

    def __init__(self, card: Scorecard) -> None:
        rules = [*card.agreement.exclusions, *card.agreement.fast_tracks]
        sources = [*(f.source for f in card.features), *rules]
        self._types = {f.source.field: f.type for f in card.features if f.source.field is not None}
        self._fields = {s.field for s in sources if s.field is not None}
        self._fields |= {name for stage in card.agreement.stages for name in stage.required}
        self._events = {s.event for s in sources if s.event is not None}
        self._of_fields, self._of_types = _remembering(self._about_fields), _remembering(self._about_types)
        self._of_age = _names(f for f in card.features if f.source.lead == "age_days" or _late_field(f))
        self._of_stage = _names(f for f in card.features if f.source.table == "outcomes")
        self._of_account = _names(
            f for f in card.features if f.source.over == "account" or f.source.lead == "colleagues"
        )

    def on(self, lead: Lead, as_of: int, *, alone: bool = False) -> list[str]:
        """Notes on one lead; empty when everything was read as sent. ``alone``: it is known to have no colleagues."""
        profile = profile_at(lead, as_of)
        notes = [
            f"profile.{name}: the text {value!r} was read as a number"
            for name, value in profile.items()
            if isinstance(value, str) and value and self._types.get(name) == "number"
        ]
        if not profile.keys() <= self._fields:
            notes += self._of_fields(frozenset(profile))
        types = frozenset([event.type for event in lead.events])
        if not types <= self._events:
            notes += self._of_types(types)
        later = len([e for e in lead.events if e.at > as_of or (e.known_from or as_of) > as_of])
        if later:
            notes.append(f"{later} event(s) after {iso(as_of)} were not read")
        return notes + self._not_sent(lead, alone)

    def _about_fields(self, sent: frozenset[str]) -> list[str]:
        """Notes on the fields that no fact reads; the nearest names of the first ones."""
        unread, known = sorted(sent - self._fields), self._fields - sent
        near = [(name, get_close_matches(name, known, n=1)) for name in unread[:NAMED]]
        notes = [f"profile.{name} is not read by any fact; did you mean '{n[0]}'?" for name, n in near if n]
        return [*notes, f"{len(unread)} profile field(s) that no fact reads: {', '.join(unread[:NAMED])}"]

    def _about_types(self, sent: frozenset[str]) -> list[str]:
        """A note on each type of event that no fact and no rule waits for by name, up to ten."""
        unread = sorted(sent - self._events)
        notes = []
        for kind in unread[:NAMED]:
            near = get_close_matches(kind, self._events - {"any"}, n=1)
            did_you_mean = f"; did you mean '{near[0]}'?" if near else ""
            notes.append(f"no fact waits for events of type '{kind}'{did_you_mean}")
        more = len(unread) - NAMED
        return [*notes, f"no fact waits for events of {more} other type(s)"] if more > 0 else notes

    def _not_sent(self, lead: Lead, alone: bool) -> list[str]:
        """A note on each part of a lead that facts read and that was not sent."""
        parts = (
            ("created_at was", self._of_age, lead.created_at is not None),
            ("stage_now and its stage_since (or created_at) were", self._of_stage, bool(lead.stages)),
            ("colleagues were", self._of_account, alone or bool(lead.colleagues)),
        )
        return [f"{what} not sent, but read by {names}" for what, names, sent in parts if names and not sent]


def _remembering(about: About) -> About:
    """The same for names that come again: those of one caller mostly do."""
    remembered = lru_cache(maxsize=REMEMBERED)(about)
    return lambda names: remembered(names) if sum(map(len, names)) <= LONGEST else about(names)


def _late_field(feature: Feature) -> bool:
    return feature.source.field is not None and feature.source.delay_days > 0


def _names(features: Iterable[Feature]) -> str:
    return ", ".join(f.name for f in features)
