"""An agreement as tables, as ``leadscore agreement show`` prints them."""

from collections.abc import Iterator

from rich.table import Column, Table
from rich.text import Text

from features.agreement import AUTOMATIC, Agreement, ExampleEvent, Fact, LeadTest, Stage
from features.describe import any_of, condition_words, points_words, source_words
from features.processkeys import Quadrant
from features.processwords import process_words, quadrant_rows, share_words
from features.segmentkeys import Phase, Segments


def agreement_tables(agreement: Agreement) -> Iterator[Table]:
    """What the agreement says: rules, stages, process, segments, worked examples, signatures."""
    yield _facts("Who the lead is (fit)", agreement.fit)
    yield _facts("What the lead does (interest)", agreement.interest)
    yield _special(agreement)
    yield _stages(agreement)
    yield _process(agreement)
    if agreement.segments is not None:
        yield _segments(agreement.segments)
        yield _content(agreement.segments)
    if agreement.quadrant is not None:
        yield _quadrant(agreement.quadrant)
    yield _examples(agreement)
    yield _signatures(agreement)


def _facts(title: str, facts: tuple[Fact, ...]) -> Table:
    table = Table("fact", "read from", "when", "points", "why", title=title, title_justify="left")
    for fact in facts:
        head = (fact.label or fact.fact, source_words(fact))
        for when, points, why in points_words(fact):
            table.add_row(*map(Text, head), Text(when), Text(f"{points:+g}", justify="right"), Text(why or fact.why))
            head = ("", "")
    return table


def _special(agreement: Agreement) -> Table:
    table = Table("rule", "read from", "when", "then", title="Exclusions and fast-tracks", title_justify="left")
    for test in agreement.exclusions:
        table.add_row(test.name, source_words(test), condition_words(test.when), _because("is not worked", test))
    for track in agreement.fast_tracks:
        table.add_row(
            track.name,
            source_words(track),
            condition_words(track.when),
            _because(f"goes straight to {track.to}", track),
        )
    return table


def _because(then: str, test: LeadTest) -> str:
    return f"{then}: {test.reason}" if test.reason else then


def _stages(agreement: Agreement) -> Table:
    columns = ("stage", "definition", "owner", "needs", "gate", "then")
    table = Table(*columns, title="Stages", title_justify="left")
    for stage in agreement.stages:
        needs = [] if stage.threshold is None else [f"{stage.threshold:g} points on {stage.on}"]
        needs += [f"known: {', '.join(stage.required)}"] if stage.required else []
        gate = "" if stage.gate == AUTOMATIC else stage.gate
        table.add_row(stage.stage, stage.definition, stage.owner, "\n".join(needs), gate, "\n".join(_then(stage)))
    return table


def _then(stage: Stage) -> list[str]:
    then = [f"{stage.sla.do} within {stage.sla.hours:g} h"] if stage.sla else []
    then += [] if stage.target is None else [f"{share_words(stage.target)} go on"]
    return then + ([] if stage.most_days is None else [f"stays at most {stage.most_days:g} days"])


def _process(agreement: Agreement) -> Table:
    table = Table("process", "as agreed", title="How leads move", title_justify="left")
    for what, how in process_words(agreement):
        table.add_row(what, Text(how))
    return table


def _segments(segments: Segments) -> Table:
    columns = ("segment", "name", "read from", "when", "why")
    table = Table(*columns, title="Personas and phases", title_justify="left")
    for kind, tests in (("persona", segments.personas), ("phase", segments.phases)):
        for test in tests:
            table.add_row(kind, *map(Text, (test.name, *_read_when(test), test.reason)))
    return table


def _read_when(test: LeadTest) -> tuple[str, str]:
    if isinstance(test, Phase) and test.stages:
        return "the lead's stage", any_of(list(test.stages))
    return source_words(test), condition_words(test.when)


def _content(segments: Segments) -> Table:
    columns = ("persona", "phase", "content", Column("address", overflow="fold"), "why")
    table = Table(*columns, title="What to offer", title_justify="left")
    for content in segments.content:
        table.add_row(*map(Text, (content.persona, content.phase, content.title, content.url, content.why)))
    return table


def _quadrant(quadrant: Quadrant) -> Table:
    table = Table("quarter", "fit", "interest", title="Fit by interest", title_justify="left")
    for row in quadrant_rows(quadrant):
        table.add_row(*map(Text, row))
    return table


def _examples(agreement: Agreement) -> Table:
    table = Table("example", "lead", "did", "points", "stage", title="Worked examples", title_justify="left")
    for example in agreement.examples:
        who = "\n".join(f"{name}: {value}" for name, value in example.lead.items() if value is not None)
        did = "\n".join(f"{e.times} x {e.type} {_details(e)}" for e in example.events)
        table.add_row(example.name, Text(who), Text(did), f"{example.score:g}", example.stage)
    return table


def _details(event: ExampleEvent) -> str:
    words = [str(value) for value in event.properties.values()] + [f"{event.days_ago:g} days ago"]
    return ", ".join(words)


def _signatures(agreement: Agreement) -> Table:
    table = Table("name", "role", "on", title="Signed by", title_justify="left")
    for signature in agreement.signatures:
        table.add_row(signature.name, signature.role, str(signature.on))
    return table
