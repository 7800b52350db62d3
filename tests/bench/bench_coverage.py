"""How often the 90 % interval of a score holds the true score: made-up companies, whose truth is known.

The true score of a lead is where its true log-odds lie on the scorecard's own scale. Measured on later leads than
those learned from; the companies' base rate falls all the time, so the second figure takes the mean error out.
"""

from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from figures import Figure, at_least, at_most

from features.loading import load_agreement
from training.additive import AdditiveScorer
from training.assemble import load_dataset
from training.config import load_config
from training.fitting import fit_scorecard
from training.madeup.company import make_company, write_company

COMPANIES, LEADS = 8, 5_000


def run() -> list[Figure]:
    """Fit and look, company by company."""
    covered, level = zip(*map(_covered, range(1, COMPANIES + 1)), strict=True)
    mean = float(np.mean(covered))
    return [
        at_least("coverage of the 90 % interval, mean", mean, "of later leads", 0.85),
        at_most("coverage of the 90 % interval, mean ", mean, "of later leads", 0.95),
        Figure("coverage, least company", min(covered), ""),
        Figure("coverage, greatest company", max(covered), ""),
        Figure("coverage without the error of the level", float(np.mean(level)), ""),
    ]


def _covered(seed: int) -> tuple[float, float]:
    folder = Path(str(files("training.madeup")))
    config, agreement = load_config(folder / "train.yaml"), load_agreement(folder / "agreement.yaml")
    company = make_company(LEADS, seed)
    with TemporaryDirectory() as tables:
        write_company(company, Path(tables))
        data = load_dataset(config, agreement, Path(tables) / "leads.csv", Path(tables))
    first, later = data.split(config.train_share)
    card = fit_scorecard(config.name, first, agreement, config.learner).blend
    many = AdditiveScorer(card).many(later.columns)
    probability = company.truth.set_index("lead_id")["probability"].loc[list(later.lead_ids)].to_numpy(dtype=float)
    true = (np.log(probability / (1 - probability)) - card.scale_a) / card.scale_b
    away = true - many.score
    half = (many.high - many.low) / 2
    found = float(np.mean(np.abs(away) <= half)), float(np.mean(np.abs(away - away.mean()) <= half))
    print(
        f"   company {seed}: covered {found[0]:.2f}, without the level's error {found[1]:.2f}; "
        f"half width {half.mean():.1f}, mean error {away.mean():+.1f}, w {card.weight_of_history:.2f}",
        flush=True,
    )
    return found
