"""Asana's sign-ups at day 7, first 70 % in time against the last 30 %: the table of examples/asana/README.md.

The goals are what the best of eight untuned rivals reached on the same rows (an EBM), rounded to three digits.
"""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import ROOT, Figure, at_least, at_most, shared_file

EXAMPLE = ROOT / "examples" / "asana"


def run() -> list[Figure]:
    """Prepare the tables and measure every line."""
    users, logins = shared_file("asana_users.csv.gz"), shared_file("asana_engagement.csv.gz")
    if users is None or logins is None:
        return []
    sys.path.insert(0, str(EXAMPLE))
    figures: list[Figure] = []
    with TemporaryDirectory() as folder:
        import_module("prepare").prepare(users.parent, Path(folder))
        for name, line in import_module("protocol").lines(Path(folder)):
            print(f"   {name}: {line.auc:.4f}, {line.log_loss:.4f}", flush=True)
            auc, loss = (f"asana, {name}: AUC", line.auc, ""), (f"asana, {name}: log loss", line.log_loss, "nats")
            goals = name == "declared"
            figures += [
                at_least(*auc, 0.760) if goals else Figure(*auc),
                at_most(*loss, 0.323) if goals else Figure(*loss),
            ]
    return figures
