"""Benchmarks: ``make bench`` runs all, ``make bench ONLY=name`` one. Prints a table and writes bench.json.

Machines are shared and noisy: figures are ratios taken in one run, or medians of rounds in turn.
"""

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))
from figures import Figure

NAMES = (
    "accuracy",
    "rivals",
    "walk_forward",
    "no_signal",
    "coverage",
    "fit",
    "asana",
    "guard",
    "review",
    "learning_curve",
    "scorer",
    "mlflow",
    "ingest",
    "list",
    "rescore",
    "door",
    "signin",
    "explain",
    "crm",
    "pages",
    "features",
    "one_lead",
    "bulk_score",
    "spark_score",
)


def main(only: list[str]) -> int:
    """Run the named benchmarks; the exit code says whether every goal was met."""
    unknown = set(only) - set(NAMES)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
        return 2
    figures: list[Figure] = []
    for name in only or NAMES:
        print(f"== {name}", flush=True)
        figures += importlib.import_module(f"bench_{name}").run()
    show(figures)
    Path("bench.json").write_text(json.dumps([f._asdict() for f in figures], indent=1) + "\n")
    return 0 if all(f.met is not False for f in figures) else 1


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table("name", "value", "unit", "goal", "met")
    for f in figures:
        table.add_row(f.name, f"{f.value:.4g}", f.unit, f.goal, {True: "yes", False: "NO", None: ""}[f.met])
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
