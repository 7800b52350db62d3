"""``leadscore agreement``: check it, show it, compare two versions, print its JSON Schema."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace
from rich.text import Text

from features.agreement import Agreement
from features.diff import differences
from features.errors import ConfigError
from features.loading import load_agreement
from features.schema import agreement_schema
from serving.agreement_tables import agreement_tables
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
