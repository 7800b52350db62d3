"""``leadscore features``: list the facts that a score is made of, show one, check a catalog of them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from features.agreement import Agreement
from features.catalog import Feature
from features.catalogfile import load_catalog
from features.describe import points_words, source_words, value_words
from features.errors import ConfigError, nearest
from features.loading import load_agreement
from features.moments import moment, now
from features.reference import Reader
from features.yamlfile import read
from serving.commands.options import AsOf, Home
from serving.terminal.output import console
from training.config import load_config
from training.scorecard import Scorecard, load, rules_only
from training.scorecard import Table as Learned

app = typer.Typer(no_args_is_help=True, help="The facts that a score is made of: list, show, check.")
From = Annotated[
    Path | None,
    typer.Argument(
        help="An agreement, a training configuration or a catalog; without it, the scorecard in the home.",
        show_default=False,
    ),
]
Catalog = Annotated[
    Path | None, typer.Option("--catalog", help="A catalog of facts beside those of FILE.", show_default=False)
]


class _Told(NamedTuple):
    """Facts, the agreement behind them if any, and the scorecard that learned about them if any."""

    features: tuple[Feature, ...]
    agreement: Agreement | None
    card: Scorecard | None


@app.command("list")
def list_(file: From = None, catalog: Catalog = None, home: Home = Path(".leadscore")) -> None:
    """List facts: what each is called, and what it reads from which table."""
    table = Table("name", "kind", "type", "table", "what is read", "unit")
    for f in _facts(file, catalog, home).features:
        table.add_row(*map(Text, (f.name, f.kind, f.type, f.source.table, source_words(f.source), f.unit)))
    console().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The fact's name.", show_default=False)],
    file: From = None,
    catalog: Catalog = None,
    home: Home = Path(".leadscore"),
    data: Annotated[
        Path | None, typer.Option(help="A file of leads, or the folder of leads and events.", show_default=False)
    ] = None,
    lead: Annotated[str | None, typer.Option(help="A lead in --data, whose value to show.", show_default=False)] = None,
    as_of: AsOf = None,
) -> None:
    """Show one fact: what it means, the points agreed and learned, and its value for one lead."""
    if (data is None) != (lead is None):
        raise typer.BadParameter("--data and --lead go together")
    at = now() if as_of is None else moment(as_of)
    told = _facts(file, catalog, home)
    names = [f.name for f in told.features]
    if name not in names:
        raise ConfigError(f"there is no fact '{name}'", do=nearest(name, names))
    feature = told.features[names.index(name)]
    out = console()
    out.print(Text.assemble((feature.label, "bold"), f" ({feature.name})"))
    for key, words in _said(feature):
        out.print(Text(f"{key}: {words}"))
    out.print(*_points(feature, told), sep="\n")
    if data is not None and lead is not None:
        out.print(Text(f"value of lead {lead}: {_value(feature, told, data, lead, at)}"))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The catalog, a YAML file.", show_default=False)],
    agreement: Annotated[
        Path | None, typer.Option(help="Check it against this agreement's facts as well.", show_default=False)
    ] = None,
) -> None:
    """Check that a catalog of facts holds together."""
    features = load_catalog(file, load_agreement(agreement) if agreement else None)
    tables = Counter(f.source.table for f in features)
    read_from = ", ".join(f"{n} from {table}" for table, n in tables.items())
    facts = "1 fact" if len(features) == 1 else f"{len(features)} facts"
    typer.echo(f"{file.name} holds together: {facts} ({read_from or 'none'}).")


def _facts(file: Path | None, catalog: Path | None, home: Path) -> _Told:
    told = _of_scorecard(home) if file is None else _of_file(file)
    if catalog is None:
        return told
    return told._replace(features=(*told.features, *load_catalog(catalog, told.agreement)))


def _of_scorecard(home: Path) -> _Told:
    card = load(home / "scorecard.json")
    return _Told(card.features, card.agreement, card)


def _of_file(file: Path) -> _Told:
    """The facts of an agreement, of a training configuration or of a catalog, by the keys that it has."""
    document = read(file, ConfigError)
    if document.has(("stages",)):
        agreement = load_agreement(file)
        return _Told(tuple(agreement.features), agreement, None)
    if document.has(("agreement",)):
        config = load_config(file)
        agreement = load_agreement(file.parent / config.agreement)
        return _Told((*agreement.features, *config.declared), agreement, None)
    if document.has(("features",)):
        return _Told(load_catalog(file), None, None)
    allowed = "an agreement (with 'stages'), a training configuration (with 'agreement'), a catalog (with 'features')"
    raise document.refuse("this is no file of facts", allowed=allowed)


def _said(feature: Feature) -> Iterator[tuple[str, str]]:
    yield "kind", feature.kind
    yield "type", f"{feature.type} ({feature.unit})" if feature.unit else feature.type
    if feature.source.pair is not None:
        yield "made of two facts", source_words(feature.source)
    else:
        yield "read", f"{source_words(feature.source)}, from the table of {feature.source.table}"
        yield "of a lead of whom nothing is known", value_words(feature.nothing)
    for of_words in feature.classes:
        yield f"class '{of_words.name}'", ", ".join(of_words.words)
    if feature.meaning:
        yield "meaning", feature.meaning


def _points(feature: Feature, told: _Told) -> Iterator[Text | Table]:
    facts = {fact.fact: fact for _, fact in told.agreement.facts} if told.agreement else {}
    if feature.name in facts:
        yield _table("Points agreed", [(w, p, why) for w, p, why in points_words(facts[feature.name])])
    else:
        yield Text("No points are agreed for it.")
    if told.card is None:
        return
    if feature.name in told.card.tables:
        yield _table("Points learned", _learned(feature, told.card.tables[feature.name]))
        yield Text(f"History counts {told.card.weight_of_history:.0%}.")
    else:
        yield Text("History has taught nothing about it.")


def _table(title: str, rows: list[tuple[str, float, str]]) -> Table:
    table = Table("when", "points", "why", title=title, title_justify="left")
    for when, points, why in rows:
        table.add_row(Text(when), Text(f"{points:+.1f}", justify="right"), Text(why))
    return table


def _learned(feature: Feature, learned: Learned) -> list[tuple[str, float, str]]:
    """The rows of a learned table: its ranges or texts, then the unknown value and any other text."""
    if feature.type == "text":
        names = [value_words(v) for v in learned.values]
        rest = [("unknown", learned.missing), ("any other", learned.other)]
    else:
        names = [_range(low, high) for low, high in zip((None, *learned.cuts), (*learned.cuts, None), strict=True)]
        rest = [("unknown", learned.missing)]
    return [(when, points, "") for when, points in [*zip(names, learned.points, strict=True), *rest]]


def _range(low: float | None, high: float | None) -> str:
    parts = ([] if low is None else [f"from {low:g}"]) + ([] if high is None else [f"below {high:g}"])
    return " ".join(parts) or "any number"


def _value(feature: Feature, told: _Told, data: Path, lead_id: str, as_of: int) -> str:
    """The value of one lead of a file or folder, as of a moment."""
    from serving.batch import find_lead
    from serving.bulk.tables import find_tables

    if told.agreement is None:
        what = "a value needs an agreement or a scorecard beside the catalog"
        raise ConfigError(what, do="give the agreement as FILE and the catalog with --catalog")
    card = replace(told.card or rules_only(told.agreement), features=told.features)
    lead = find_lead(card, find_tables(card, data, None).tables, lead_id)
    pair = feature.source.pair
    sides = [f for f in told.features if pair and f.name in (pair.first, pair.second)]
    value, *_ = Reader([feature, *sides], card.missing_values, told.agreement).read(lead, as_of)
    return value_words(value, feature.unit)
