"""From an agreement file to an agreement that holds together, with its worked examples run."""

from pathlib import Path

from features.agreement import Agreement, Example
from features.checks import check
from features.errors import AgreementError, LeadError
from features.moments import DAY
from features.points import added, agreed_points
from features.reference import Reader
from features.stages import Decision, Scores, StageRules
from features.tables import Event, Lead, known_events
from features.yamlfile import Document, parse, read

TOLERANCE = 0.05  # people write scores with one decimal
EXAMPLE_MOMENT = 20_000 * DAY


def load_agreement(path: Path, *, examples: bool = True) -> Agreement:
    """Read, check and try out an agreement file; without ``examples`` its worked examples are not run.

    Raises AgreementError, which names the line, what was expected and the nearest valid name.
    """
    return _checked(read(path, AgreementError), examples)


def agreement_from_text(source: str, name: str = "agreement") -> Agreement:
    """As ``load_agreement``, for YAML text."""
    return _checked(parse(source, name, AgreementError), examples=True)


def _checked(document: Document, examples: bool) -> Agreement:
    agreement = document.into(Agreement)
    check(agreement, document)
    rules = AgreedScore(agreement)
    for i, example in enumerate(agreement.examples if examples else ()):
        _try(rules, example, document, i)
    return agreement


class AgreedScore:
    """Scores leads by the agreement alone."""

    def __init__(self, agreement: Agreement) -> None:
        self._reader = Reader(agreement.features)
        self._points = [agreed_points(fact) for _, fact in agreement.facts]
        self._fit = len(agreement.fit)
        self._stages = StageRules(agreement)
        self._bounds = agreement.bounds

    def score(self, lead: Lead, as_of: int) -> tuple[float, Decision]:
        """The agreed score, the sum of the agreed points cut to the bounds, and the stage it leads to."""
        known = known_events(lead.events, as_of)
        values = self._reader.read_known(lead, known, as_of)
        points = [agreed(value) for agreed, value in zip(self._points, values, strict=True)]
        total = added(points)
        if self._bounds is not None:
            total = min(max(total, self._bounds.low), self._bounds.high)
        scores = Scores(total, total, added(points[: self._fit]), added(points[self._fit :]))
        return total, self._stages.decide(lead, known, as_of, scores)


def _try(rules: AgreedScore, example: Example, document: Document, i: int) -> None:
    try:
        score, decision = rules.score(example_lead(example), EXAMPLE_MOMENT)
    except LeadError as error:
        path = ("examples", i, "lead", error.where.removeprefix("profile."))
        raise document.refuse(error.what, path, got=error.got, allowed=error.allowed) from None
    if abs(score - example.score) > TOLERANCE:
        raise document.refuse(
            f"the worked example '{example.name}' does not hold",
            ("examples", i, "score"),
            got=f"{score:g} points by the rules",
            allowed=f"{example.score:g} points, as the example says",
            do="mend the rules, or agree on the new score and write it here",
        )
    if decision.stage != example.stage:
        raise document.refuse(
            f"the worked example '{example.name}' does not hold",
            ("examples", i, "stage"),
            got=f"stage {decision.stage} by the rules, with {score:g} points",
            allowed=f"stage {example.stage}, as the example says",
            do="mend the stages, or agree on the new stage and write it here",
        )


def example_lead(example: Example) -> Lead:
    """The lead of a worked example, its events dated back from the examples' moment."""
    events = tuple(
        Event(type=e.type, at=EXAMPLE_MOMENT - round(e.days_ago * DAY), properties=e.properties)
        for e in example.events
        for _ in range(e.times)
    )
    return Lead(lead_id=example.name, profile=example.lead, events=events)
