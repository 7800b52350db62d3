"""One lead as the scorer sees it: its values, the points behind its scores, and what a change would make of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from features.catalog import Value
from features.errors import LeadError
from features.points import added
from features.reference import Reader
from features.stages import Scores
from features.tables import Event, Lead
from training.additive import AdditiveScorer, Scored
from training.scorecard import Scorecard

_NOBODY = Lead("")


class State(NamedTuple):
    """A lead with its values, the events known of it, the moment, and the sums of its points.

    sums: counted, agreed, fit and interest points, without the base and before the agreement's bounds
    """

    lead: Lead
    values: list[Value]
    known: list[Event]
    as_of: int
    sums: tuple[float, float, float, float]


class LeadScorer:
    """A scorecard made ready for single leads."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.reader = Reader(card.features, card.missing_values, card.agreement)
        self.additive = AdditiveScorer(card)
        self.position = {f.name: i for i, f in enumerate(card.features)}
        self._fit = [f.kind == "fit" for f in card.features]

    def state(self, lead: Lead, values: list[Value], known: list[Event], as_of: int, scored: Scored) -> State:
        """The state of a lead that was just scored."""
        fit = added(p for p, is_fit in zip(scored.points, self._fit, strict=True) if is_fit)
        interest = added(p for p, is_fit in zip(scored.points, self._fit, strict=True) if not is_fit)
        return State(lead, values, known, as_of, (added(scored.points), added(scored.agreed), fit, interest))

    def scores(self, state: State) -> Scores:
        """The scores that thresholds look at."""
        counted, agreed, fit, interest = state.sums
        cut = self.additive.cut
        return Scores(cut(self.additive.base + counted), cut(agreed), fit, interest)

    def moved_by(self, event: Event) -> tuple[int, ...]:
        """The positions of the facts that one such event, just now, moves; none where a fact cannot read it."""
        try:
            just_now = self.reader.event_values(_NOBODY, [Event(event.type, 0, event.properties)], 0)
        except LeadError:
            return ()
        without = self.reader.event_values(_NOBODY, [], 0)
        return tuple(i for i, value in just_now.items() if value != without[i])

    def after_events(self, state: State, moved: Sequence[int], events: Sequence[Event]) -> dict[int, Value]:
        """The values of ``moved`` facts after equal events at the state's own moment.

        A count grows by their number (a new event counts in full, however fast it will fade), and the last one
        was just now; all else is measured anew.
        """
        changes: dict[int, Value] = {}
        anew: dict[int, Value] = {}
        for i in moved:
            before, source = state.values[i], self.card.features[i].source
            if source.measure == "count" and not source.delay_days and isinstance(before, float):
                changes[i] = before + len(events)
            elif source.measure == "days_since_last" and not source.delay_days:
                changes[i] = 0.0
            else:
                anew = anew or self.reader.event_values(state.lead, [*state.known, *events], state.as_of)
                changes[i] = anew[i]
        return changes

    def changed(self, state: State, changes: Mapping[int, Value], known: list[Event] | None = None) -> State:
        """The state after some values changed, and what is made of them; only the points of those are computed anew."""
        values = state.values.copy()
        for i, value in changes.items():
            values[i] = value
        counted, agreed, fit, interest = state.sums
        for i, value in {**changes, **self.reader.made_values(values, changes)}.items():
            before, after = self.additive.terms_of(i, state.values[i]), self.additive.terms_of(i, value)
            gain = after[2] - before[2]
            counted, agreed = counted + gain, agreed + after[0] - before[0]
            fit, interest = (fit + gain, interest) if self._fit[i] else (fit, interest + gain)
            values[i] = value
        return State(
            state.lead, values, state.known if known is None else known, state.as_of, (counted, agreed, fit, interest)
        )
