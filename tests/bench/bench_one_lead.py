"""One lead in plain Python: 40 features read, the rules' points, the score and every term.

The model is trained on made-up leads with the 40 event features of ``engine_yardsticks`` beside the agreement's facts;
the scorecard is then cut to 40 facts. With ten events and with ten thousand.
"""

from statistics import median
from time import perf_counter

from figures import Figure, at_most
from madeup_model import madeup_lead, madeup_model
from msgspec.structs import replace

from features.moments import DAY, now
from features.reference import Reader
from features.tables import Event, Lead
from training.additive import AdditiveScorer

FACTS, MANY, ROUNDS = 40, 10_000, 9


def run() -> list[Figure]:
    """Time both leads, part by part."""
    made = madeup_model(yardsticks=True)
    facts = {f.fact for _, f in made.card.agreement.facts}
    features = sorted(made.card.features, key=lambda f: f.name not in facts)[:FACTS]
    card = replace(made.card, features=tuple(features), tables={f.name: made.card.tables[f.name] for f in features})
    reader, scorer, as_of = Reader(card.features, card.missing_values, card.agreement), AdditiveScorer(card), now()
    few, many = madeup_lead(), _busy(madeup_lead(), as_of)

    def both(lead: Lead) -> None:
        scorer.one(reader.read(lead, as_of))

    values = reader.read(few, as_of)
    figures = [
        at_most(
            "one lead: 10 events, 40 features, rules, score, terms", _micro(lambda: both(few), 500), "microseconds", 100
        ),
        Figure("one lead: reading the features", _micro(lambda: reader.read(few, as_of), 500), "microseconds"),
        Figure("one lead: rules, score and terms", _micro(lambda: scorer.one(values), 500), "microseconds"),
        at_most("one lead: 10,000 events", _micro(lambda: both(many), 5) / 1_000, "ms", 20),
    ]
    return figures


def _busy(lead: Lead, as_of: int) -> Lead:
    """The same lead with ten thousand events over 200 days."""
    events = (
        Event(e.type, as_of - i * 200 * DAY // MANY, e.properties, f"b{i}")
        for i, e in enumerate(lead.events * (MANY // len(lead.events)))
    )
    return replace(lead, events=tuple(events))


def _micro(work: object, times: int) -> float:
    """The median round, a call."""
    rounds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        for _ in range(times):
            work()  # type: ignore[operator]
        rounds.append((perf_counter() - start) / times)
    return median(rounds) * 1e6
