"""Learning curve on X Education: does the blend ever lose to the better of rules only and model only?

Each size is drawn five times at random from the first 70 % in time; all are tested on the last 30 %.
"""

import numpy as np
from figures import ROOT, Figure, at_most, shared_file
from joblib import Parallel, delayed
from msgspec.structs import replace
from rich.progress import track

from features.agreement import Agreement
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import Learner, load_config
from training.dataset import Dataset
from training.evaluate import additive
from training.fitting import fit_scorecard
from training.measures import measure

SIZES = (60, 120, 300, 1000, 3000, 6400)
DRAWS = 5
WORST = 0.005


def run() -> list[Figure]:
    """Measure the mean log loss of each prediction at each size."""
    path = shared_file("xeducation.csv.gz")
    if path is None:
        return []
    folder = ROOT / "examples" / "xeducation"
    config = load_config(folder / "train.yaml")
    agreement = load_agreement(folder / config.agreement)
    first, later = load_dataset(config, agreement, path, path.parent).split(config.train_share)
    one_job = replace(config.learner, jobs=1)
    jobs = [(size, draw) for size in SIZES for draw in range(DRAWS)]
    runs = Parallel(n_jobs=-1, return_as="generator")(
        delayed(log_losses)(first, later, agreement, one_job, size, draw) for size, draw in jobs
    )
    rows = list(track(runs, total=len(jobs), description="fitting"))
    figures = []
    for size in SIZES:
        mine = [row for (s, _), row in zip(jobs, rows, strict=True) if s == size]
        mean = {name: float(np.mean([row[name] for row in mine])) for name in mine[0]}
        figures += [Figure(f"{size} leads: {name}", mean[name], "log loss") for name in ("rules only", "model only")]
        figures.append(Figure(f"{size} leads: blend", mean["blend"], "log loss"))
        figures.append(Figure(f"{size} leads: weight of history", mean["w"], ""))
        gap = mean["blend"] - min(mean["rules only"], mean["model only"])
        figures.append(at_most(f"{size} leads: blend above the better", gap, "log loss", WORST))
    return figures


def log_losses(
    first: Dataset, later: Dataset, agreement: Agreement, learner: Learner, size: int, draw: int
) -> dict[str, float]:
    """Train on one draw and test it."""
    rows = np.sort(np.random.default_rng([size, draw]).choice(len(first), size, replace=False))
    drawn = first.take(rows)
    fitted = fit_scorecard("curve", drawn, agreement, learner, ("Select",))
    losses = {name: measure(later.converted, p).log_loss for name, p in additive(fitted, later).items()}
    return losses | {"w": fitted.weight.weight_of_history}
