"""``leadscore score``, ``explain``, ``serve`` and ``up``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from pydantic import ValidationError

from features.errors import ConfigError, DataError, LeadError
from features.moments import moment, now
from serving import server
from serving.answers import answer_to
from serving.commands.options import AsOf, Contact, Home, Host, Keep, Port, Scorecard, StoreUrl
from serving.people.retention import retention_of
from serving.problems import said
from serving.scorer import Scorer
from serving.settings import Settings
from serving.shapes import LeadIn
from serving.terminal.output import console, waterfall
from serving.up import prepare
from serving.webhooks.settings import WebhookSettings
from training.scorecard import load

Engine = Literal["duckdb", "spark"]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (score, explain, serve, up):
        app.command()(command)


def score(  # noqa: PLR0913, PLR0917 - the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="IN", help="CSV or Parquet, one row a lead; or a folder with leads, events and, if read, outcomes."
        ),
    ],
    out: Annotated[
        Path, typer.Argument(help="Where to write the scores: .csv, .csv.gz or .parquet; with Spark, a folder.")
    ],
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    id_column: Annotated[str | None, typer.Option("--id", help="The column that names a lead.")] = None,
    as_of: AsOf = None,
    terms: Annotated[bool, typer.Option(help="Also write the points of every fact.")] = False,
    engine: Annotated[Engine, typer.Option(help="DuckDB on this machine, or a Spark cluster.")] = "duckdb",
    memory: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="The most memory to work in, such as 4GB; what does not fit goes to disk."),
    ] = None,
) -> None:
    """Score a file of leads into a file of scores, which appears whole or not at all."""
    from serving.bulk.progress import progress
    from serving.bulk.scoring import score_by_duckdb
    from serving.bulk.tables import find_tables

    card = load(scorecard or home / "scorecard.json")
    at = now() if as_of is None else moment(as_of)
    tables, notes = find_tables(card, file, id_column)
    if out.resolve() in {path.resolve() for path in (file, *tables) if isinstance(path, Path)}:
        raise DataError("the scores would take the place of the leads", where=str(out), do="name another file")
    if engine == "spark":
        n = _spark()(card, tables, out, as_of=at, terms=terms, memory=memory)
    else:
        with progress() as step:
            n = score_by_duckdb(card, tables, out, as_of=at, terms=terms, memory=memory, step=step)
    for note in notes:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    typer.echo(f"Wrote the scores of {n:,} leads to {out}")


def _spark() -> Callable[..., int]:
    """The scoring on Spark; raises ConfigError where Spark is not installed."""
    try:
        from serving.bulk.spark import score_by_spark
    except ModuleNotFoundError as error:
        what = f"--engine spark needs '{str(error.name).partition('.')[0]}', which is not installed"
        raise ConfigError(what, do="pip install 'leadscore[spark]'") from None
    return score_by_spark


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
    from serving.batch import find_lead
    from serving.bulk.tables import find_tables

    tables = find_tables(scorer.card, data or home / "madeup", id_column).tables
    found = find_lead(scorer.card, tables, lead)
    at = at if at is not None else now()
    console().print(waterfall(scorer.answer(found, at) | {"notes": scorer.notes.on(found, at)}))


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


def serve(  # noqa: PLR0913, PLR0917 - the options of a command
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    store: StoreUrl = "",
    workers: Annotated[int, typer.Option(envvar="LEADSCORE_WORKERS", min=1, max=64, help="Processes that serve.")] = 1,
    jobs: Annotated[
        bool, typer.Option(help="Rescore, watch SLAs and deliver webhooks here too; else elsewhere, or by cron.")
    ] = True,
    per_minute: Annotated[
        int, typer.Option(min=0, help="Most requests a minute of a key without a limit of its own; 0: none.")
    ] = 0,
    cors: Annotated[
        list[str] | None,
        typer.Option(help="A web page's origin that may call from a browser; can be given several times."),
    ] = None,
    follow: Annotated[
        str,
        typer.Option(help="An MLflow registry elsewhere, whose champion is fetched into the home.", show_default=False),
    ] = "",
    keep: Keep = None,
    contact: Contact = "",
    private_webhooks: Annotated[bool, typer.Option(help="Let webhooks go to private and loopback addresses.")] = False,
) -> None:
    """Serve scores over HTTP, take events in, and keep leads. A newer scorecard in the home needs no restart.

    The first start on this machine prints a key with every right; more with [bold]leadscore keys add[/].
    """
    settings = Settings(
        home=home,
        host=host,
        port=port,
        store=store,
        workers=workers,
        jobs=jobs,
        follow=follow,
        per_minute=per_minute,
        cors_origins=tuple(cors or ()),
        retention=retention_of(keep or ()),
        contact=contact,
        webhooks=WebhookSettings(allow_private=private_webhooks),
    )
    server.serve(settings, scorecard or settings.scorecard)


def up(
    home: Home = Path(".leadscore"),
    host: Host = "127.0.0.1",
    port: Port = 8000,
    leads: Annotated[int, typer.Option(min=1000, help="Leads of the made-up company.")] = 5_000,
    store: StoreUrl = "",
) -> None:
    """Make up a company, train on it, serve, and explain one lead. The second time it only serves."""
    settings = Settings(home=home, host=host, port=port, store=store)
    with server.listen(settings) as sockets:
        prepare(settings, leads)
        server.run(settings, settings.scorecard, sockets)
