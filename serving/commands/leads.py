"""Where the commands on history read their leads: files, a folder, or the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.files import Data

DataPath = Annotated[
    Path | None, typer.Option("--data", help="The leads file, or the folder of leads, events and outcomes.")
]
StoreToRead = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="Read the service's database instead of files: postgresql://USER@HOST/NAME or sqlite:///FILE. "
        "A password may stand in PGPASSWORD or ~/.pgpass.",
        show_default=False,
    ),
]


def leads_at(data: Path | None, store: str) -> "Data | None":
    """What ``training.leads.Leads`` reads: the path, the store, or None for the files that the configuration names."""
    from training.store_tables import Store

    if data is not None and store:
        raise typer.BadParameter("give --data or --store, not both")
    return Store(store) if store else data
