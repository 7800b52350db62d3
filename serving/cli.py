"""The command ``leadscore``. Exit codes: 0 done, 2 wrong usage, 3 agreement, 4 configuration, 5 data,
6 columns that know the future, 7 lead, 8 scorecard, 9 registry, 14 keys, 15 the store does not answer,
16 a CRM does not take what is sent, 130 stopped by the user.

``promote`` and ``retrain`` also say what was decided: 0 promoted, 10 nothing to decide on or nothing new, 11 refused,
12 the leads do not tell, 13 another retraining is at work. ``drift``: 20 something drifted that matters.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from features import errors
from serving.access.refusals import AccessError
from serving.commands import (
    agreement,
    backtest,
    crm,
    drift,
    due,
    features,
    follow,
    importing,
    keys,
    links,
    models,
    people,
    review,
    score,
    train,
)
from serving.crm.errors import CrmError
from serving.store.database import StoreUnavailable

EXIT_CODES: dict[type[errors.LeadscoreError], int] = {
    errors.AgreementError: 3,
    errors.ConfigError: 4,
    errors.LeakageError: 6,
    errors.DataError: 5,
    errors.LeadError: 7,
    errors.ScorecardError: 8,
    errors.RegistryError: 9,
    AccessError: 14,
    StoreUnavailable: 15,
    CrmError: 16,
}

app = typer.Typer(
    name="leadscore",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Lead scoring that blends what marketing and sales agreed on with what history shows.\n\n"
    "Begin with [bold]leadscore up[/]: a made-up company is trained and served, and one lead is explained.",
)
app.add_typer(agreement.app, name="agreement")
app.add_typer(features.app, name="features")
app.add_typer(keys.app, name="keys")
app.add_typer(links.app, name="links")
app.add_typer(people.app, name="people")
app.add_typer(crm.app, name="crm")
train.add_to(app)
backtest.add_to(app)
models.add_to(app)
review.add_to(app)
drift.add_to(app)
due.add_to(app)
follow.add_to(app)
importing.add_to(app)
score.add_to(app)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version("leadscore"))
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True)
]


@app.callback()
def options(version: Version = False) -> None:
    """Options of the command as a whole."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command (default: the process's own arguments); every error that we know is said in words.

    Raises SystemExit with the error's exit code.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # joblib already uses every core
    try:
        app(args=arguments)
    except errors.LeadscoreError as error:
        typer.secho(f"leadscore: {error}", fg="red", err=True)
        sys.exit(next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind)))
    except ModuleNotFoundError as error:
        typer.secho(f"leadscore: this needs '{error.name}': pip install 'leadscore[train]'", fg="red", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
