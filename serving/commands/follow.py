"""``leadscore follow``: keeps the home at the champion of a registry elsewhere."""

import os
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError
from features.moments import now
from serving.commands.options import Home, StoreUrl, TrackingUri
from serving.store.place import open_store

if TYPE_CHECKING:
    from serving.programs.following import Look
    from training.registry.place import Registry
    from training.scorecard import Scorecard

PROGRAMS = ("leads", "customers")
FAILED = 9  # of a single look, as of every command that a registry refused


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(follow)


def follow(  # noqa: PLR0913, PLR0917 - the options of a command
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    store: StoreUrl = "",
    program: Annotated[
        list[str] | None,
        typer.Option(help="leads or customers; can be given twice. Default: leads.", show_default=False),
    ] = None,
    model: Annotated[
        str, typer.Option(help="The model's name in the registry; default: that of the home.", show_default=False)
    ] = "",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, and say by the exit code what came of it.")] = False,
    tied: Annotated[int, typer.Option("--tied", metavar="PID", help="End when this parent process ends.")] = 0,
) -> None:
    """Keep the home at the champion of a registry elsewhere; a running service takes it up without a restart.

    Each look asks which version the alias champion stands for. Another one is fetched, its schema, checksum and
    agreement are checked, and it takes the place of the home's scorecard in one step. Whatever is wrong, the home keeps
    what it has: follow.json beside the scorecard, and GET /v1/model, say since when and why.

    Where leadscore promote runs on this machine, it writes the home itself, and nobody needs to follow.
    Exit codes with --once: 0 the home is at the champion, 9 it is not, and the reason was printed.
    """
    from serving.programs.following import Followed, look

    _refuse(program or [], model)
    told: dict[str, tuple[str, str]] = {}
    with closing(open_store(home, store)) as opened:
        while True:
            for name in program or ["leads"]:
                followed = Followed(home, name, opened)
                champion = RegistryChampion(followed.card_path.parent, tracking_uri, model)
                found = look(followed, champion, now())
                if told.get(name) != (found.champion, found.error):
                    _tell(name, found)
                told[name] = found.champion, found.error
            if once:
                raise typer.Exit(FAILED if any(error for _, error in told.values()) else 0)
            if not _rested(every, tied):
                return


class RegistryChampion:
    """The champion of a registered model, in an MLflow registry."""

    def __init__(self, home: Path, tracking_uri: str, model: str) -> None:
        self._home, self._tracking_uri, self._model = home, tracking_uri, model

    @property
    def where(self) -> str:
        """The registry's address, without a password."""
        from training.registry.place import without_password

        return without_password(self._registry().tracking_uri)

    def version(self) -> str:
        """Its number; raises RegistryError when there is none, or nothing answers."""
        from training.registry.champion import model_of
        from training.registry.versions import CHAMPION, find

        registry = self._registry()
        return find(registry, model_of(registry, self._home, self._model), CHAMPION).version

    def card(self) -> "Scorecard":
        """Its scorecard; raises RegistryError, ScorecardError."""
        from training.registry.champion import model_of
        from training.registry.versions import CHAMPION, card_of, find

        registry = self._registry()
        return card_of(registry, find(registry, model_of(registry, self._home, self._model), CHAMPION))

    def _registry(self) -> "Registry":
        from training.registry.place import Registry

        return Registry(self._tracking_uri, None) if self._tracking_uri else Registry.embedded(self._home)


def _refuse(programs: list[str], model: str) -> None:
    unknown = [name for name in programs if name not in PROGRAMS]
    if unknown:
        raise ConfigError(f"there is no program '{unknown[0]}'", where="--program", allowed=", ".join(PROGRAMS))
    if model and len(programs) > 1:
        raise ConfigError("one model cannot serve two programs", where="--model", do="follow each by itself")


def _tell(program: str, found: "Look") -> None:
    if found.error:
        typer.echo(f"{found.looked_at} {program}: kept what serves: {found.error}", err=True)
    else:
        typer.echo(f"{found.looked_at} {program}: at version {found.champion}, the champion of {found.registry}")


def _rested(seconds: float, parent: int) -> bool:
    """Wait for the next look; False where the process that this belongs to (0: none) has ended meanwhile."""
    until, waits = monotonic() + seconds, Event()
    while parent in (0, os.getppid()):
        left = until - monotonic()
        if left <= 0:
            return True
        waits.wait(min(left, 1.0))
    return False


if __name__ == "__main__":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    typer.run(follow)
