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
from serving.commands import signing
from serving.commands.options import (
    AsOf,
    Contact,
    Cors,
    CrmFiles,
    Follow,
    Home,
    Host,
    Jobs,
    Keep,
    Language,
    PerMinute,
    Port,
    PrivateWebhooks,
    Scorecard,
    StoreUrl,
    Workers,
)
from serving.crm.loading import load_all
from serving.people.retention import retention_of
from serving.problems import said
from serving.scorer import Scorer
from serving.settings import Settings
from serving.shapes import LeadIn
from serving.signin.origins import checked_address, checked_frames
from serving.signin.settings import SignInSettings
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
    workers: Workers = 1,
    jobs: Jobs = True,
    per_minute: PerMinute = 0,
    language: Language = None,
    cors: Cors = None,
    follow: Follow = "",
    crm: CrmFiles = None,
    keep: Keep = None,
    contact: Contact = "",
    private_webhooks: PrivateWebhooks = False,
    sign_in: signing.SignIn = False,
    public_url: signing.PublicUrl = "",
    frame: signing.Frame = None,
    session_hours: signing.SessionHours = 12,
    oidc_issuer: signing.Issuer = "",
    oidc_client_id: signing.ClientId = "",
    oidc_client_secret: signing.Secret = "",
    oidc_secret_file: signing.SecretFile = None,
    oidc_role_claim: signing.RoleClaim = "roles",
    oidc_role: signing.RoleOf = None,
    oidc_domain: signing.Domain = None,
) -> None:
    """Serve scores over HTTP, take events in, and keep leads. A newer scorecard in the home needs no restart.

    The first start on this machine prints a key with every right; more with [bold]leadscore keys add[/].
    """
    client = oidc_client_id, oidc_client_secret, oidc_secret_file
    openid = signing.openid_of(oidc_issuer, client, oidc_role_claim, oidc_role, oidc_domain)
    settings = Settings(
        home=home,
        host=host,
        port=port,
        store=store,
        public_url=checked_address(public_url),
        frames=checked_frames(frame or ()),
        signin=signing.signing_in(sign_in, session_hours, openid),
        workers=workers,
        jobs=jobs,
        follow=follow,
        per_minute=per_minute,
        language=language or "",
        cors_origins=tuple(cors or ()),
        crm=load_all(crm or ()),
        retention=retention_of(keep or ()),
        contact=contact,
        webhooks=WebhookSettings(allow_private=private_webhooks),
    )
    server.serve(settings, scorecard or settings.scorecard)


def up(  # noqa: PLR0913, PLR0917 - the options of a command
    home: Home = Path(".leadscore"),
    host: Host = "127.0.0.1",
    port: Port = 8000,
    leads: Annotated[int, typer.Option(min=1000, help="Leads of the made-up company.")] = 5_000,
    store: StoreUrl = "",
    language: Language = None,
    sign_in: signing.SignIn = False,
    public_url: signing.PublicUrl = "",
    frame: signing.Frame = None,
) -> None:
    """Make up a company, train on it, serve, and explain one lead. The second time it only serves."""
    settings = Settings(
        home=home,
        host=host,
        port=port,
        store=store,
        public_url=checked_address(public_url),
        frames=checked_frames(frame or ()),
        language=language or "",
        signin=SignInSettings(asked=sign_in),
    )
    with server.listen(settings) as sockets:
        prepare(settings, leads)
        server.run(settings, settings.scorecard, sockets)
