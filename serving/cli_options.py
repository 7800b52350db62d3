"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from serving.settings import Settings, from_environment

Home = Annotated[Path, typer.Option(envvar="LEADSCORE_HOME", help="Folder of models and embedded data.")]
TrackingUri = Annotated[
    str, typer.Option(envvar="MLFLOW_TRACKING_URI", help="An MLflow server; without it, SQLite in the home.")
]
Scorecard = Annotated[
    Path | None, typer.Option(help="A scorecard file instead of the champion in the home.", show_default=False)
]
Host = Annotated[str, typer.Option(envvar="LEADSCORE_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="LEADSCORE_PORT", min=1, max=65_535, help="Port to listen on.")]


def settings() -> Settings:
    """The settings of this process."""
    return from_environment(os.environ)
