"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

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
