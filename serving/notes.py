"""What an answer must not be silent about: fields nobody reads, events not read, numbers sent as text."""

from difflib import get_close_matches

from features.moments import iso
from features.tables import Lead
from training.scorecard import Scorecard


def notes_on(card: Scorecard, lead: Lead, as_of: int) -> list[str]:
    """Notes on one lead; empty when everything was read as sent."""
    fields = {f.source.field: f.type for f in card.features if f.source.field is not None}
    known = fields.keys() | {name for stage in card.agreement.stages for name in stage.required}
    known |= {t.field for t in (*card.agreement.exclusions, *card.agreement.fast_tracks) if t.field is not None}
    notes = [
        f"profile.{name}: the text {value!r} was read as a number"
        for name, value in lead.profile.items()
        if fields.get(name) == "number" and isinstance(value, str) and value
    ]
    unread = sorted(lead.profile.keys() - known)
    for name in unread:
        near = get_close_matches(name, known - lead.profile.keys(), n=1)
        if near:
            notes.append(f"profile.{name} is not read by any fact; did you mean '{near[0]}'?")
    if unread:
        notes.append(f"{len(unread)} profile field(s) that no fact reads: {', '.join(unread[:10])}")
    notes += _unread_types(card, lead)
    later = sum(e.at > as_of for e in lead.events)
    if later:
        notes.append(f"{later} event(s) after {iso(as_of)} were not read")
    return notes


def _unread_types(card: Scorecard, lead: Lead) -> list[str]:
    """A note on each type of event that no fact and no rule waits for by name."""
    sources = [f.source for f in card.features] + [*card.agreement.exclusions, *card.agreement.fast_tracks]
    known = {s.event for s in sources if s.event is not None}
    notes = []
    for kind in sorted({e.type for e in lead.events} - known):
        near = get_close_matches(kind, known - {"any"}, n=1)
        notes.append(f"no fact waits for events of type '{kind}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    return notes
