"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Home = Annotated[Path, typer.Option(envvar="LEADSCORE_HOME", help="Folder of models and embedded data.")]
TrackingUri = Annotated[
    str, typer.Option(envvar="MLFLOW_TRACKING_URI", help="An MLflow server; without it, SQLite in the home.")
]
Scorecard = Annotated[
    Path | None, typer.Option(help="A scorecard file instead of the champion in the home.", show_default=False)
]
Host = Annotated[str, typer.Option(envvar="LEADSCORE_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="LEADSCORE_PORT", min=1, max=65_535, help="Port to listen on.")]
AsOf = Annotated[
    str | None,
    typer.Option(help="Score leads as they were at this moment (ISO 8601); default: now.", show_default=False),
]
StoreUrl = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="LEADSCORE_STORE",
        help="The database: postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE; default: a file in the home.",
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND=DAYS",
        help="For how many days a kind of record is kept, such as scores=365; 0: without end. Can be given several "
        "times. Usual: scores=730, audit=1095, deliveries=90, messages=30, imports=90; events and closed leads stay.",
        show_default=False,
    ),
]
Contact = Annotated[
    str,
    typer.Option(
        envvar="LEADSCORE_CONTACT",
        help="Whom somebody may ask about their data, such as privacy@acme.example.",
        show_default=False,
    ),
]
Language = Annotated[
    Literal["en", "de", "zh"] | None,
    typer.Option(
        envvar="LEADSCORE_LANGUAGE",
        help="Language of pages, webhooks and answers, unless a caller asks otherwise (Accept-Language); "
        "default: pages as the browser asks, all else English.",
        show_default=False,
    ),
]
Workers = Annotated[int, typer.Option(envvar="LEADSCORE_WORKERS", min=1, max=64, help="Processes that serve.")]
Jobs = Annotated[
    bool, typer.Option(help="Rescore, watch SLAs and deliver webhooks here too; else elsewhere, or by cron.")
]
PerMinute = Annotated[
    int, typer.Option(min=0, help="Most requests a minute of a key without a limit of its own; 0: none.")
]
Cors = Annotated[
    list[str] | None,
    typer.Option(help="A web page's origin that may call from a browser; can be given several times."),
]
Follow = Annotated[
    str,
    typer.Option(help="An MLflow registry elsewhere, whose champion is fetched into the home.", show_default=False),
]
PrivateWebhooks = Annotated[bool, typer.Option(help="Let webhooks go to private and loopback addresses.")]
CrmFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--crm",
        help="Keep a CRM up to date as this file says (leadscore crm check FILE tries it); can be given several times.",
        show_default=False,
    ),
]
