"""What people read of a backtest in the terminal: the measures of all blocks, each block, and who wins."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from training.backtest import BLEND, Backtest, Block
from training.backtest_report import begins, verdicts
from training.intervals import Interval
from training.measures import SMALLER_IS_BETTER

POOLED = {
    "auc": "AUC",
    "auc_within": "AUC within",
    "pr_auc": "PR AUC",
    "log_loss": "log loss",
    "brier": "Brier",
    "calibration_error": "cal. error",
    "lift": "lift",
    "capture": "caught",
}
BY_BLOCK = {"log_loss": "Log loss of each block", "auc": "AUC of each block"}
SHORT = {"logistic regression": "logistic", "gradient boosting": "boosting", "naive Bayes": "Bayes"}
STYLES = {"wins": "green", "loses": "red", "undecided": ""}


def backtest_tables(done: Backtest) -> RenderableType:
    """All tables, one below the other."""
    parts = [_pooled(done), *(_by_block(done, what, title) for what, title in BY_BLOCK.items()), _against(done)]
    return Group(*(part for table in parts for part in (table, Text())))


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _pooled(done: Backtest) -> Table:
    """The measures of all blocks together; below each its 95 % interval."""
    leads, blocks = len(done.tested.leads()[0]), len(done.blocks)
    each = "within a month" if done.tested.dated else "within a block"
    title = f"All blocks: {leads:,} leads tested in {blocks}, with 95 % intervals ('AUC within': {each})"
    table = _table(title, "prediction", *POOLED.values())
    best = {what: _best(what, {n: getattr(m, what) for n, m in done.pooled.measures.items()}) for what in POOLED}
    for name in done.predictions:
        found = {what: done.pooled.interval(name, what) for what in POOLED}
        table.add_row(name, *(_bold(f"{i.value:{_form(w)}}", name == best[w]) for w, i in found.items()))
        table.add_row("", *(Text(f"{i.low:{_form(w)}}–{i.high:{_form(w)}}", style="dim") for w, i in found.items()))
    return table


def _by_block(done: Backtest, what: str, title: str) -> Table:
    """One measure, a row per block: the blend with its interval, and the others."""
    others = [name for name in done.predictions if name != BLEND]
    about = ("learned from", "tested", "converted", "history")
    table = _table(
        f"{title} (from: its first lead)", "from", *about, BLEND, "", *(SHORT.get(name, name) for name in others)
    )
    for block in done.blocks:
        values = {name: getattr(m, what) for name, m in block.judged.measures.items()}
        best = _best(what, values)
        interval = block.judged.interval(BLEND, what)
        span = Text(f"{interval.low:.3f}–{interval.high:.3f}", style="dim")
        cells = [_bold(f"{values[name]:.3f}", name == best) for name in others]
        table.add_row(begins(done, block), *_about(block), _bold(f"{interval.value:.3f}", best == BLEND), span, *cells)
    return table


def _about(block: Block) -> tuple[str, str, str, str]:
    share = float(block.test.converted.mean())
    return f"{block.trained_on:,}", f"{block.tested_on:,}", f"{share:.1%}", f"{block.weight_of_history:.0%}"


def _against(done: Backtest) -> Table:
    title = "The blend minus each other, on the same leads, with 95 % intervals"
    table = _table(title, "against", "log loss (lower is better)", "AUC", "by log loss the blend")
    for verdict in verdicts(done.pooled):
        cells = (_signed(verdict.log_loss), _signed(verdict.auc), Text(verdict.word, style=STYLES[verdict.word]))
        table.add_row(verdict.other, *cells)
    return table


def _signed(difference: Interval) -> str:
    return f"{difference:+.4f}"


def _form(what: str) -> str:
    return {"lift": ".2f", "capture": ".1%"}.get(what, ".3f")


def _best(what: str, values: Mapping[str, float]) -> str:
    """Whose value is best; none of them where a value is missing."""
    known = {name: value for name, value in values.items() if value is not None and value == value}
    if not known:
        return ""
    return (min if what in SMALLER_IS_BETTER else max)(known, key=lambda name: known[name])


def _bold(text: str, best: bool) -> Text:
    return Text(text, style="bold" if best else "")
