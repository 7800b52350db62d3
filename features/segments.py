"""Which persona a lead is, in which phase it is, and what to offer it; and its quadrant of fit and interest."""

from collections.abc import Sequence
from typing import NamedTuple

from features.agreement import Agreement
from features.points import Holds, holds
from features.reference import Reader
from features.rulekeys import LeadTest
from features.segmentkeys import ANY, Content, Phase, Segments
from features.stages import feature_of_test
from features.tables import Event, Lead


class Segment(NamedTuple):
    """A lead's persona and phase, each empty where none holds, and the content agreed for them, in its order."""

    persona: str
    phase: str
    content: tuple[Content, ...]


class SegmentRules:
    """Finds the segments of leads for one agreement; ``missing``: texts that mean "unknown"."""

    def __init__(self, agreement: Agreement, missing: Sequence[str] = ()) -> None:
        segments = agreement.segments or Segments()
        self._content = segments.content
        self._tests: tuple[LeadTest, ...] = (*segments.personas, *segments.phases)
        self._personas = len(segments.personas)
        read = [(i, t) for i, t in enumerate(self._tests) if not (isinstance(t, Phase) and t.stages)]
        self._places = [i for i, _ in read]
        self._holds: list[Holds] = [holds(t.when) for _, t in read]
        self._reader = Reader([feature_of_test(t) for _, t in read], missing)

    def of(self, lead: Lead, known: list[Event], as_of: int, stage: str) -> Segment:
        """The segment of a lead in a stage, with the events ``known`` at ``as_of``.

        Raises LeadError when a profile value or a property cannot be read as the test needs it.
        """
        values = self._reader.read_known(lead, known, as_of)
        hit = {i for i, when, value in zip(self._places, self._holds, values, strict=True) if when(value)}
        hit |= {i for i, t in enumerate(self._tests) if isinstance(t, Phase) and stage in t.stages}
        persona = self._first(hit, 0, self._personas)
        phase = self._first(hit, self._personas, len(self._tests))
        content = tuple(c for c in self._content if c.persona in (ANY, persona) and c.phase in (ANY, phase))
        return Segment(persona, phase, content)

    def _first(self, hit: set[int], start: int, end: int) -> str:
        return next((self._tests[i].name for i in range(start, end) if i in hit), "")


def quadrant_of(agreement: Agreement, fit: float, interest: float) -> str:
    """The name of the quarter that the points of fit and of interest fall into; empty without an agreed one.

    >>> from features.processkeys import Quadrant
    >>> Quadrant(fit=20.0, interest=10.0).names
    ('now', 'nurture', 'look closer', 'leave')
    """
    quadrant = agreement.quadrant
    if quadrant is None:
        return ""
    low_fit, low_interest = fit < quadrant.fit, interest < quadrant.interest
    return quadrant.names[2 * low_fit + low_interest]
