"""``leadscore agreement``: check it, show it, compare two versions, print its JSON Schema."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from features.agreement import AUTOMATIC, Agreement, ExampleEvent, Fact, LeadTest
from features.describe import condition_words, points_words, source_words
from features.diff import differences
from features.errors import ConfigError
from features.loading import load_agreement
from features.schema import agreement_schema
from serving.cli_options import Home
from serving.terminal import console
from training.scorecard import RULES, load, rules_only, save

app = typer.Typer(no_args_is_help=True, help="What marketing and sales agreed on: check, show, compare.")
File = Annotated[Path, typer.Argument(help="The agreement, a YAML file.", show_default=False)]


@app.command()
def check(file: File) -> None:
    """Check that an agreement holds together and run its worked examples."""
    agreement = load_agreement(file)
    rules = sum(max(len(fact.points), 1) for _, fact in agreement.facts)
    typer.echo(f"{file.name} holds together: {rules} rules, {len(agreement.stages)} stages, ", nl=False)
    typer.echo(f"{len(agreement.examples)} worked examples that come out as written.")
    typer.echo(agreement.content_hash())


@app.command()
def show(file: File) -> None:
    """Show an agreement as tables that can be read aloud and signed."""
    agreement = load_agreement(file)
    out = console()
    conversion = agreement.conversion
    said = f", version {agreement.version}, agreed on {agreement.agreed_on}"
    out.print(Text.assemble((agreement.agreement, "bold"), said))
    out.print(
        f"A conversion is {conversion.definition} (stage {conversion.stage}) in {conversion.horizon_days:g} days."
    )
    expected = agreement.expected
    out.print(f"{agreement.points_double_odds:g} points more double the odds of it; without history we expect that")
    out.print(f"{expected.probability:.0%} of the leads with {expected.score:g} points convert.")
    grades = ", ".join(f"{letter} from {lowest:g}" for letter, lowest in agreement.grades.items())
    out.print(f"Grades: {grades}. Scores are cut to {_bounds(agreement)}.")
    out.print(f"History may count at most {agreement.largest_weight_of_history:.0%}.\n")
    out.print(_facts("Who the lead is (fit)", agreement.fit))
    out.print(_facts("What the lead does (interest)", agreement.interest))
    out.print(_special(agreement))
    out.print(_stages(agreement))
    out.print(_examples(agreement))
    out.print(_signatures(agreement))


def _bounds(agreement: Agreement) -> str:
    bounds = agreement.bounds
    return f"{bounds.low:g} to {bounds.high:g}" if bounds else "no range"


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
        then = f"{stage.sla.do} within {stage.sla.hours:g} h" if stage.sla else ""
        table.add_row(stage.stage, stage.definition, stage.owner, "\n".join(needs), gate, then)
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


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="The earlier version.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="The later version.", show_default=False)],
) -> None:
    """Say in words what changed between two versions; their worked examples are not run."""
    changes = differences(load_agreement(before, examples=False), load_agreement(after, examples=False))
    for change in changes:
        typer.echo(f"- {change}")
    if not changes:
        typer.echo("Both say the same.")


@app.command()
def adopt(
    file: File,
    home: Home = Path(".leadscore"),
    name: Annotated[str, typer.Option(help="The model's name, the same as in the training configuration.")] = "leads",
) -> None:
    """Serve an agreement before there is any history: the score is the agreed score.

    Writes its scorecard to the home, where leadscore serve, score and explain find it. Training with the same
    name replaces it as soon as there are outcomes to learn from.
    """
    target = home / "scorecard.json"
    if target.exists() and (held := load(target)).model_version != RULES:
        what = f"this home holds the trained model '{held.name}'"
        raise ConfigError(what, where=str(home), do="give another --home")
    save(replace(rules_only(load_agreement(file)), name=name), target)
    typer.echo(f"Wrote {target}: the agreed points, no history. Serve them with leadscore serve --home {home}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of agreements, for editors that complete and check."""
    typer.echo(msgspec.json.format(msgspec.json.encode(agreement_schema()), indent=2).decode())
