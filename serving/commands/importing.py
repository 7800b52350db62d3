"""``leadscore import``: leads, events and outcomes from files into the store."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from features.moments import now
from serving.commands.options import Home, Language, StoreUrl
from serving.progress import Step, progress
from serving.store.place import open_store
from serving.terminal.output import console

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.imports.reading import TableName
    from serving.imports.run import Order, Totals
    from serving.programs.programs import Programs
    from serving.store.database import Store

SOME_REFUSED = 5  # the exit code of data
COLUMNS = ("row", "column", "what", "got", "allowed", "do", "lead")
Rows = Sequence[tuple[Any, ...]]


class TableOption(StrEnum):
    """The three tables."""

    leads = "leads"
    events = "events"
    outcomes = "outcomes"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(  # noqa: PLR0913, PLR0917 - the options of the command
    path: Annotated[
        Path,
        typer.Argument(
            help="A file (.csv, .csv.gz, .parquet), or a folder of leads, events and outcomes.", show_default=False
        ),
    ],
    table: Annotated[
        TableOption | None, typer.Option(help="What the file holds; default: as its name says.", show_default=False)
    ] = None,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
    language: Language = None,
    program: Annotated[str, typer.Option(help="The program that outcomes are about: leads or customers.")] = "leads",
    id_column: Annotated[str, typer.Option("--id", help="The column that names the lead.")] = "lead_id",
    create: Annotated[
        bool, typer.Option("--create", help="Make leads of events and outcomes of leads that nobody knows.")
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(
            help="Where to write refused rows with their reasons; default: beside the file.", show_default=False
        ),
    ] = None,
    score: Annotated[bool, typer.Option(help="Score the leads at the end; else the service does it soon.")] = True,
) -> None:
    """Take leads, events and outcomes from files into the store, with what they were as history.

    Times are UTC, ISO 8601. Good rows are stored, each refused one is written down with its reason, and importing the
    same file again stores nothing twice: mend the file and import it anew. Exit code 5 says that rows were refused.

    A lead that was never scored gets its past as the file tells it; of one that was, the rows are known from now on, so
    that what was scored before can still be computed again.
    """
    from serving.imports.files import files_of
    from serving.programs.opening import open_programs
    from serving.settings import Settings

    files = files_of(path, table.value if table else None)
    beside = refused or path.with_name(f"{path.name}.refused.csv")
    with closing(open_store(home, store)) as opened:
        programs = open_programs(Settings(home=home, store=store, language=language or ""), opened)
        orders = [(_order(name, file, program, id_column, create), file) for name, file in files]
        with progress() as step, _refused_into(beside) as told:
            done = [(order, _imported(opened, programs, order, file, step, told)) for order, file in orders]
        _report(done)
        if score:
            _score(opened, programs)
    if any(totals.refused for _, totals in done):
        typer.echo(f"Refused rows, with their reasons: {beside}", err=True)
        raise typer.Exit(SOME_REFUSED)


def _order(name: "TableName", file: Path, program: str, id_column: str, create: bool) -> "Order":
    from serving.access.caller import at_the_keyboard
    from serving.imports.files import kind_of
    from serving.imports.run import Order

    return Order(name, kind_of(file), file.name, at_the_keyboard().key_id, program, id_column, create)


def _imported(
    store: "Store", programs: "Programs", order: "Order", file: Path, step: Step, told: Callable[[str, Rows], None]
) -> "Totals":
    """Import one file, with the audit of it."""
    from serving.access import audit
    from serving.access.caller import at_the_keyboard
    from serving.imports.run import Import

    with file.open("rb") as opened:
        one = Import(store, programs, opened, order, clock=now, told=partial(told, order.source))

        def begin(connection: "Connection") -> None:
            one.begin(connection)
            said = {"table": order.table, "program": order.program}
            audit.note(connection, at_the_keyboard(), "import.begun", one.import_id, said)

        store.write(begin)
        return one.run(step)


@contextmanager
def _refused_into(path: Path) -> Iterator[Callable[[str, Rows], None]]:
    """Gives what is told of refused rows; the file is made when there is the first one."""
    with ExitStack() as ends:
        writers: list[Any] = []

        def told(source: str, rows: Rows) -> None:
            if rows and not writers:
                writers.append(csv.writer(ends.enter_context(path.open("w", newline="", encoding="utf-8"))))
                writers[0].writerow(["file", *COLUMNS])
            for row in rows:
                writers[0].writerow([source, *(_printable(row[i]) for i in range(len(COLUMNS)))])

        yield told


def _printable(value: object) -> str:
    """A cell that any program reads."""
    return str(value).encode(errors="backslashreplace").decode()


def _report(done: "Sequence[tuple[Order, Totals]]") -> None:
    table = Table("file", "as", "rows", "stored", "repeated", "refused")
    for column in table.columns[2:]:
        column.justify = "right"
    for order, totals in done:
        table.add_row(Text(order.source), order.table, *(f"{number:,}" for number in totals))
    console().print(table)


def _score(store: "Store", programs: "Programs") -> None:
    """Score every lead that waits for it."""
    from serving.leads.due import count_due, rescore_due

    due, done = store.read(partial(count_due, programs=programs, now=now())), 0
    with progress() as step:
        while more := rescore_due(store, programs, now()):
            done += more
            step("scoring leads", done, max(done, due))
    typer.echo(f"Scored {done:,} leads.")
