"""Labels without signal: X Education's outcomes shuffled, with the example's agreement; history is to earn nothing."""

from dataclasses import replace

import numpy as np
from figures import ROOT, Figure, at_least, at_most, shared_file

from features.loading import load_agreement
from training.additive import AdditiveScorer
from training.assemble import load_dataset
from training.config import load_config
from training.fitting import fit_scorecard
from training.measures import measure

DRAWS, SMALL, ENOUGH = 20, 0.05, 19


def run() -> list[Figure]:
    """Fit on shuffled labels, and test on later ones, shuffled too."""
    path = shared_file("xeducation.csv.gz")
    if path is None:
        return []
    example = ROOT / "examples" / "xeducation"
    config = load_config(example / "train.yaml")
    agreement = load_agreement(example / config.agreement)
    data = load_dataset(config, agreement, path, path.parent)
    weights, worse = [], []
    for draw in range(DRAWS):
        converted = np.random.default_rng(draw).permutation(data.converted)
        shuffled = replace(data, converted=converted, converts_ever=converted == 1)
        first, later = shuffled.split(config.train_share)
        fitted = fit_scorecard("shuffled", first, agreement, config.learner, config.leads.missing_values)
        loss = {
            name: measure(later.converted, AdditiveScorer(card).many(later.columns).probability).log_loss
            for name, card in (("blend", fitted.blend), ("rules", fitted.rules))
        }
        weights.append(fitted.weight.weight_of_history)
        worse.append(loss["blend"] - loss["rules"])
        print(f"   draw {draw}: weight {weights[-1]:.3f}, log loss {worse[-1]:+.5f} against the rules", flush=True)
    return [
        at_least(f"no signal: draws with weight <= {SMALL}", sum(w <= SMALL for w in weights), f"of {DRAWS}", ENOUGH),
        Figure("no signal: largest weight", max(weights), ""),
        at_most("no signal: log loss beyond the rules', mean", float(np.mean(worse)), "nats", 0.0005),
        Figure("no signal: log loss beyond the rules', worst", max(worse), "nats"),
    ]
