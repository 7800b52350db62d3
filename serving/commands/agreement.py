"""``leadscore agreement``: check it, show it, compare two versions, print its JSON Schema; adopt another one."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from features.agreement import Agreement
from features.diff import differences
from features.loading import load_agreement
from features.schema import agreement_schema
from serving.agreement_tables import agreement_tables
from serving.commands import adoption
from serving.terminal.output import console

app = typer.Typer(no_args_is_help=True, help="What marketing and sales agreed on: check, show, compare, adopt.")
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
    out.print(
        Text.assemble((agreement.agreement, "bold"), f", version {agreement.version}, agreed on {agreement.agreed_on}")
    )
    for line in _summary(agreement):
        out.print(line)
    for table in agreement_tables(agreement):
        out.print(table)


def _summary(agreement: Agreement) -> list[str]:
    conversion, expected = agreement.conversion, agreement.expected
    grades = ", ".join(f"{letter} from {lowest:g}" for letter, lowest in agreement.grades.items())
    return [
        f"A conversion is {conversion.definition} (stage {conversion.stage}) in {conversion.horizon_days:g} days.",
        f"{agreement.points_double_odds:g} points more double the odds of it; without history we expect that",
        f"{expected.probability:.0%} of the leads with {expected.score:g} points convert.",
        f"Grades: {grades}. Scores are cut to {_bounds(agreement)}.",
        f"History may count at most {agreement.largest_weight_of_history:.0%}.\n",
    ]


def _bounds(agreement: Agreement) -> str:
    bounds = agreement.bounds
    return f"{bounds.low:g} to {bounds.high:g}" if bounds else "no range"


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
def schema() -> None:
    """Print the JSON Schema of agreements, for editors that complete and check."""
    typer.echo(msgspec.json.format(msgspec.json.encode(agreement_schema()), indent=2).decode())


adoption.add_to(app)
