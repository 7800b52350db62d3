"""``leadscore score``, ``explain``, ``serve`` and ``up``."""

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import ValidationError
from rich.progress import track

from features.errors import LeadError
from features.moments import moment, now
from serving import server
from serving.answers import answer_to
from serving.cli_options import Home, Host, Port, Scorecard
from serving.problems import said
from serving.scorer import Scorer
from serving.settings import Settings
from serving.shapes import LeadIn
from serving.terminal import console, waterfall
from serving.up import prepare
from training.scorecard import load

AsOf = Annotated[
    str | None,
    typer.Option(help="Score leads as they were at this moment (ISO 8601); default: now.", show_default=False),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (score, explain, serve, up):
        app.command()(command)


def score(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one row a lead; or a folder with leads and events.")],
    out: Annotated[Path, typer.Argument(help="Where to write the scores: .csv or .parquet.")],
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    id_column: Annotated[str | None, typer.Option("--id", help="The column that names a lead.")] = None,
    as_of: AsOf = None,
    terms: Annotated[bool, typer.Option(help="Also write the points of every fact.")] = False,
) -> None:
    """Score a file of leads into a file of scores."""
    from serving.batch import read_leads, score_leads, write_rows

    scorer = Scorer(load(scorecard or home / "scorecard.json"))
    at = now() if as_of is None else moment(as_of)
    leads, notes = read_leads(scorer.card, file, id_column)
    rows = score_leads(scorer, leads, at, terms=terms)
    shown = track(rows, description="scoring", total=len(leads), transient=True, disable=not sys.stderr.isatty())
    write_rows(list(shown), out)
    for note in notes:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    typer.echo(f"Wrote the scores of {len(leads):,} leads to {out}")


def explain(
    lead: Annotated[str, typer.Argument(help="A lead id to look up in --data; a JSON file; or - for standard input.")],
    data: Annotated[
        Path | None, typer.Option(help="The file or folder to look the lead up in.", show_default=False)
    ] = None,
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    id_column: Annotated[str | None, typer.Option("--id", help="The column that names a lead.")] = None,
    as_of: AsOf = None,
) -> None:
    """Explain one lead's score: every reason with its points, and what would move it on."""
    scorer = Scorer(load(scorecard or home / "scorecard.json"))
    at = None if as_of is None else moment(as_of)
    if lead == "-" or lead.endswith(".json"):
        console().print(waterfall(answer_to(scorer, _sent(lead), at)))
        return
    from serving.batch import read_leads

    source = data or home / "madeup"
    leads = {found.lead_id: found for found in read_leads(scorer.card, source, id_column).leads}
    if lead not in leads:
        near = get_close_matches(lead, leads, n=1, cutoff=0.9)
        do = f"did you mean '{near[0]}'?" if near else f"ids look like '{next(iter(leads), '')}'"
        raise LeadError(f"there is no lead '{lead}'", where=str(source), do=do)
    at = at if at is not None else now()
    console().print(waterfall(scorer.answer(leads[lead], at) | {"notes": scorer.notes.on(leads[lead], at)}))


def _sent(source: str) -> LeadIn:
    """The lead in a JSON file, or on standard input."""
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return LeadIn.model_validate(orjson.loads(text))
    except OSError as error:
        raise LeadError("cannot read the lead", where=source, got=error.strerror or "") from None
    except orjson.JSONDecodeError as error:
        raise LeadError("the lead is not valid JSON", got=str(error)) from None
    except ValidationError as error:
        raise LeadError(**said(error.errors()[0])) from None


def serve(
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Serve scores over HTTP. A newer scorecard in the home is taken up without a restart."""
    server.serve(Settings(home=home, host=host, port=port), scorecard or home / "scorecard.json")


def up(
    home: Home = Path(".leadscore"),
    host: Host = "127.0.0.1",
    port: Port = 8000,
    leads: Annotated[int, typer.Option(min=1000, help="Leads of the made-up company.")] = 5_000,
) -> None:
    """Make up a company, train on it, serve, and explain one lead. The second time it only serves."""
    settings = Settings(home=home, host=host, port=port)
    with server.listen(settings) as sockets:
        prepare(settings, leads)
        server.run(settings, settings.scorecard, sockets)
