"""``leadscore backtest``: how the score would have done at several moments of the past."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from serving.commands.leads import DataPath, StoreToRead, leads_at
from serving.progress import progress
from serving.terminal.output import console


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backtest)


def backtest(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Annotated[Path, typer.Argument(help="The training configuration, a YAML file.", show_default=False)],
    data: DataPath = None,
    store: StoreToRead = "",
    blocks: Annotated[int, typer.Option(min=1, help="How often the models are fitted anew and tested.")] = 5,
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="The last part of the leads is tested on.")] = 0.5,
    capacity: Annotated[str, typer.Option(help="What sales can work, such as 120/month, 30/week or 10%.")] = "10%",
    window: Annotated[
        Literal["expanding", "sliding"], typer.Option(help="Learn from all earlier leads, or from as many each time.")
    ] = "expanding",
    gap: Annotated[
        float | None,
        typer.Option(min=0, help="Days that an outcome takes to be known; default: the horizon.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the pictures and tables into this folder.", show_default=False)
    ] = None,
) -> None:
    """Fit and test at several moments of the past, as if each had been today, and set baselines beside.

    Before each block of leads, in order of time, everything is fitted anew on what was known by then, and tested on
    the leads of the block. Every measure has a 95 % interval, by drawing whole leads anew. Nothing is registered.

    With --out the folder holds backtest.csv (every number), backtest.txt (what they mean) and the pictures, each as
    PNG and as HTML: backtest, calibration, gains, scores.
    """
    from serving.terminal.backtest import backtest_tables
    from training.backtest import Plan
    from training.backtest import backtest as run
    from training.backtest_report import CHARTS, TEXTS, charts, sentences, table
    from training.capacity import read_capacity
    from training.guard.guard import guard
    from training.leads import Leads
    from training.origins import gap_of
    from training.plots.saving import files_of, refuse_other, save_all

    worked = read_capacity(capacity)
    if out is not None:
        refuse_other(out, files_of(CHARTS, TEXTS))
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step)
        settings, everything = leads.config, leads.everything
        guard(*leads.parts, settings)
        plan = Plan(blocks, share, gap_of(everything, gap), window, worked)
        done = run(
            settings.name, everything, leads.agreement, settings.learner, settings.leads.missing_values, plan, step
        )
        said = list(sentences(done))
        if out is not None:
            step("drawing", 0, 1)
            texts = (table(done).to_csv(index=False), "\n".join(said) + "\n")
            save_all(out, charts(done, leads.agreement), dict(zip(TEXTS, texts, strict=True)))
    shown = console()
    shown.print(backtest_tables(done))
    for sentence in said:
        shown.print(sentence)
    if out is not None:
        shown.print(f"Wrote {out}: {', '.join(CHARTS)} (PNG and HTML), {', '.join(TEXTS)}.")
