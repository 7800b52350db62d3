"""What an agreement says, part by part, as a page shows it and two versions are compared; plain texts, no HTML."""

from typing import NamedTuple

from features.agreement import AUTOMATIC, Agreement, Condition, Example, ExampleEvent, Fact, LeadTest, Stage
from features.catalog import Kind
from features.processkeys import Quadrant
from features.segmentkeys import Segments
from serving.agreed.amounts import amount, day, days, listed, points
from serving.agreed.process import process_rows
from serving.agreed.sources import source_text, test_text, value_text
from serving.words.conditions import condition_in
from serving.words.labels import labels_in
from serving.words.words import Words

Row = tuple[str, str]


class PointsRow(NamedTuple):
    """Points for one condition: when, how many, and why."""

    when: str
    points: str
    why: str


class FactText(NamedTuple):
    """A fact with its points; ``name``: as scores and tables know it."""

    name: str
    label: str
    kind: Kind
    source: str
    since: str
    why: str
    rows: tuple[PointsRow, ...]


class TestText(NamedTuple):
    """A named test: an exclusion, a fast-track, a persona or a phase; ``to``: the stage that it leads to."""

    name: str
    when: str
    reason: str
    to: str = ""


class StageText(NamedTuple):
    """A stage: what it takes to come in, who decides, and what is to happen then; empty where nothing is agreed."""

    name: str
    definition: str
    owner: str
    needs: tuple[str, ...]
    gate: str
    sla: str
    target: str
    most_days: str
    metric: str


class ExampleText(NamedTuple):
    """A worked example with its outcome, by the rules alone."""

    name: str
    lead: tuple[Row, ...]
    did: tuple[str, ...]
    score: str
    stage: str


class OfferText(NamedTuple):
    """Something to offer to a persona in a phase."""

    title: str
    url: str
    persona: str
    phase: str
    why: str


class Content(NamedTuple):
    """An agreement; ``scale``: what is agreed of the score itself; ``quarters``: name, fit, interest."""

    name: str
    version: str
    agreed_on: str
    scale: tuple[Row, ...]
    facts: tuple[FactText, ...]
    exclusions: tuple[TestText, ...]
    fast_tracks: tuple[TestText, ...]
    stages: tuple[StageText, ...]
    process: tuple[Row, ...]
    personas: tuple[TestText, ...]
    phases: tuple[TestText, ...]
    offers: tuple[OfferText, ...]
    quarters: tuple[tuple[str, str, str], ...]
    examples: tuple[ExampleText, ...]
    signatures: tuple[tuple[str, str, str], ...]


def content_of(t: Words, agreement: Agreement) -> Content:
    """Everything that an agreement says, in the order of its file."""
    segments, labels = agreement.segments or Segments(), labels_in(t, agreement.features)
    return Content(
        name=agreement.agreement,
        version=agreement.version,
        agreed_on=day(t, agreement.agreed_on),
        scale=tuple(_scale(t, agreement)),
        facts=tuple(_fact(t, kind, fact, labels[fact.fact]) for kind, fact in agreement.facts),
        exclusions=tuple(_test(t, test) for test in agreement.exclusions),
        fast_tracks=tuple(_test(t, track)._replace(to=track.to) for track in agreement.fast_tracks),
        stages=tuple(_stage(t, stage) for stage in agreement.stages),
        process=tuple(process_rows(t, agreement)),
        personas=tuple(_test(t, test) for test in segments.personas),
        phases=tuple(_test(t, test) for test in segments.phases),
        offers=tuple(OfferText(c.title, c.url, c.persona, c.phase, c.why) for c in segments.content),
        quarters=tuple(_quarters(t, agreement.quadrant)),
        examples=tuple(_example(t, example) for example in agreement.examples),
        signatures=tuple((s.name, s.role, day(t, s.on)) for s in agreement.signatures),
    )


def _scale(t: Words, agreement: Agreement) -> list[Row]:
    conversion, expected, bounds = agreement.conversion, agreement.expected, agreement.bounds
    grades = [t("agreement.grade", grade=g, points=amount(t, low)) for g, low in agreement.grades.items()]
    horizon = days(t, conversion.horizon_days)
    means = t("agreement.conversion_means", definition=conversion.definition, stage=conversion.stage, days=horizon)
    double = agreement.points_double_odds
    share = t.percent(expected.probability, 1 if expected.probability < 0.1 else 0)
    range_ = {"low": amount(t, bounds.low), "high": amount(t, bounds.high)} if bounds else {}
    return [
        (t("agreement.conversion"), means),
        (t("agreement.double"), t("agreement.points", n=double, points=amount(t, double))),
        (t("agreement.expected"), t("agreement.expected_means", score=amount(t, expected.score), share=share)),
        (t("agreement.history_most"), t.percent(agreement.largest_weight_of_history)),
        (t("agreement.bounds"), t("agreement.range", **range_) if bounds else t("agreement.no_bounds")),
        (t("agreement.grades"), listed(t, grades)),
    ]


def _fact(t: Words, kind: Kind, fact: Fact, label: str) -> FactText:
    rows = [PointsRow(condition_in(t, p, fact.unit), points(t, p.points), p.why) for p in fact.points]
    if fact.points_each is not None:
        rows = [PointsRow(_each(t, fact), points(t, fact.points_each), "")]
    since = day(t, fact.since) if fact.since else ""
    return FactText(fact.fact, label, kind, source_text(t, fact), since, fact.why, tuple(rows))


def _each(t: Words, fact: Fact) -> str:
    if fact.cap is None:
        return t("agreement.each")
    return t("agreement.each_most" if fact.cap > 0 else "agreement.each_least", cap=amount(t, fact.cap))


def _test(t: Words, test: LeadTest) -> TestText:
    return TestText(test.name, test_text(t, test), test.reason)


def _stage(t: Words, stage: Stage) -> StageText:
    sla = (
        t("agreement.sla_means", do=stage.sla.do, n=stage.sla.hours, hours=amount(t, stage.sla.hours))
        if stage.sla
        else ""
    )
    return StageText(
        stage.stage,
        stage.definition,
        stage.owner,
        tuple(_needs(t, stage)),
        t("agreement.automatic") if stage.gate == AUTOMATIC else stage.gate,
        sla,
        "" if stage.target is None else t.percent(stage.target, 0 if round(stage.target * 100, 6).is_integer() else 1),
        "" if stage.most_days is None else days(t, stage.most_days),
        stage.metric,
    )


def _needs(t: Words, stage: Stage) -> list[str]:
    needs = []
    if stage.threshold is not None:
        needs.append(t(f"agreement.needs_{stage.on}", points=amount(t, stage.threshold)))
    if stage.required:
        needs.append(t("agreement.known", fields=listed(t, stage.required)))
    return needs


def _quarters(t: Words, quadrant: Quadrant | None) -> list[tuple[str, str, str]]:
    if quadrant is None:
        return []
    fit, interest = (
        [condition_in(t, side) for side in (Condition(at_least=cut), Condition(below=cut))]
        for cut in (quadrant.fit, quadrant.interest)
    )
    cells = [(a, b) for a in fit for b in interest]
    return [(name, *cell) for name, cell in zip(quadrant.names, cells, strict=True)]


def _example(t: Words, example: Example) -> ExampleText:
    who = tuple((name, value_text(t, value)) for name, value in example.lead.items() if value is not None)
    did = tuple(_did(t, event) for event in example.events)
    return ExampleText(example.name, who, did, amount(t, example.score), example.stage)


def _did(t: Words, event: ExampleEvent) -> str:
    properties = [str(value) for value in event.properties.values()]
    ago = t("agreement.ago", n=event.days_ago, days=amount(t, event.days_ago))
    return t("agreement.did", times=t.number(event.times), details=listed(t, [event.type, *properties, ago]))
