"""What people read in the terminal of a proposed agreement: what it says otherwise, and whom it would move."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from features.moments import iso
from serving.programs.agreements import Kept
from serving.programs.effect import Effect, Few, sentences

FIRST = 5  # ids that are shown of each kind


def effect(found: Effect) -> RenderableType:
    """An effect: in words, by stage, and what becomes of the learned points."""
    return Group(*_parts(found))


def _parts(found: Effect) -> Iterator[RenderableType]:
    if found.words:
        yield _list("It says otherwise than the adopted one:", found.words)
    if found.examples:
        told = "its worked example comes" if found.examples == 1 else f"its {found.examples} worked examples come"
        yield Text(f"As written, {told} out.")
    if found.carried:
        yield _list("What history has taught until the next training:", found.carried)
    yield _list(f"As of {_short(found.as_of)}:", sentences(found))
    if found.judged:
        yield _stages(found)


def _list(title: str, lines: Iterable[str]) -> Text:
    return Text("\n".join([title, *(f"- {line}" for line in lines)]))


def _stages(found: Effect) -> Table:
    table = Table("stage", title="Leads by stage, people's own moves kept", title_justify="left")
    for name in ("now", "then", "come in", "leave"):
        table.add_column(name, justify="right")
    table.add_column("such as")
    for stage in found.stages:
        numbers = (stage.now, stage.then, stage.enter.leads, stage.leave.leads)
        table.add_row(Text(stage.stage), *(f"{n:,}" if n else "" for n in numbers), _such(stage.enter, stage.leave))
    return table


def _such(enter: Few, leave: Few) -> Text:
    come, go = (", ".join(few.examples[:FIRST]) for few in (enter, leave))
    return Text("; ".join(filter(None, (f"in: {come}" if come else "", f"out: {go}" if go else ""))))


def history(found: Sequence[Kept]) -> Table:
    """Every agreement of a program, the latest first."""
    table = Table("version", "state", "proposed (UTC)", "by", "adopted (UTC)", "by", "hash")
    for one in found:
        adopted = "" if one.adopted_at is None else _short(iso(one.adopted_at))
        row = one.version, one.state, _short(iso(one.proposed_at)), one.proposed_by, adopted, one.adopted_by or ""
        table.add_row(*map(Text, (*row, one.hash.removeprefix("sha256:")[:12])))
    return table


def _short(moment: str) -> str:
    return moment[:16].replace("T", " ")
