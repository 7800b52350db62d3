"""Pictures as files: each as PNG, and as HTML that needs no network."""

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import altair as alt

from features.errors import DataError


def refuse_other(to: Path, names: Collection[str]) -> None:
    """Raise DataError where a folder cannot be written, or holds anything but files of these names."""
    if to.is_file() or (to.is_dir() and not {path.name for path in to.iterdir()} <= set(names)):
        raise DataError("there is something else of that name", where=str(to), do="name another folder")
    if not to.absolute().parent.is_dir():
        raise DataError("cannot write the pictures", where=str(to), got="there is no folder to put it in")


def files_of(charts: Collection[str], texts: Collection[str]) -> list[str]:
    """The names of the files that ``save_all`` writes."""
    return [f"{name}.{kind}" for name in charts for kind in ("png", "html")] + list(texts)


def save_all(to: Path, charts: Mapping[str, alt.TopLevelMixin], texts: Mapping[str, str]) -> None:
    """Write charts by name and texts by file name into a folder, which appears whole or not at all.

    An earlier folder of that name is replaced, if it holds nothing but such files. Raises DataError if it cannot.
    """
    refuse_other(to, files_of(charts, texts))
    partial, earlier = (to.with_name(f".{to.name}.{os.getpid()}.{what}") for what in ("partial", "earlier"))
    try:
        partial.mkdir()
        for name, chart in charts.items():
            chart.save(str(partial / f"{name}.png"), scale_factor=2)
            chart.save(str(partial / f"{name}.html"), inline=True)
        for name, text in texts.items():
            (partial / name).write_text(text, "utf-8")
        if to.exists():
            to.rename(earlier)
        partial.rename(to)
    except OSError as error:
        if earlier.exists() and not to.exists():
            earlier.rename(to)
        raise DataError("cannot write the pictures", where=str(to), got=error.strerror or str(error)) from None
    finally:
        for folder in (partial, earlier):
            shutil.rmtree(folder, ignore_errors=True)
