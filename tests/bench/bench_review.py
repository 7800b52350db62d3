"""The agreement review on made-up companies whose truth is known: the wrong rule, the missing rule, false verdicts.

A verdict against a rule is false where the true points lie within the margin around the agreed ones, or on the other
side of them. The true points of a condition are the mean over the leads that meet it.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import pandas as pd
from figures import ROOT, Figure, at_least
from joblib import Parallel, delayed

from features.agreement import Agreement
from features.loading import load_agreement
from training.assemble import load_dataset
from training.blend import kappa
from training.config import load_config
from training.dataset import Dataset
from training.madeup import truth
from training.madeup.company import make_company, write_company
from training.review.review import Review, review
from training.review.verdicts import AGAINST, Reviewed

MADEUP = ROOT / "training" / "madeup"
LEADS = 5_000
SEEDS = range(1, 11)
MORE = range(101, 141)  # seeds that nothing was chosen by, and enough of them to tell how often


class Told(NamedTuple):
    """What one review found of the planted faults, and how much of the truth its intervals hold.

    against: verdicts against the other rules, in words; false: those of them that are; reported: missing facts other
    than the planted one; covered: how many intervals hold the true points; of: of so many rules
    """

    wrong_found: bool
    missing_found: bool
    against: tuple[str, ...]
    false: tuple[str, ...]
    reported: tuple[str, ...]
    covered: int
    of: int

    @property
    def right(self) -> bool:
        """Whether both were found, and nothing false was said."""
        return self.wrong_found and self.missing_found and not self.false and not self.reported


def true_points(rule: Reviewed, facts: pd.DataFrame, terms: pd.DataFrame, agreement: Agreement, data: Dataset) -> float:
    """The points that a rule should have; facts and terms: of the leads of the data, in their order."""
    name = rule.rule.fact.fact
    if rule.rule.place is None:
        return truth.INTEREST[name].each / kappa(agreement)
    column = data.columns[[f.name for f in data.features].index(name)]
    return float(terms[name].to_numpy()[rule.rule.sizes(column) != 0].mean()) / kappa(agreement)


def told(seed: int, leads: int = LEADS) -> Told:
    """Review the agreement of a made-up company."""
    config, agreement = load_config(MADEUP / "train.yaml"), load_agreement(MADEUP / "agreement.yaml")
    company = make_company(leads, seed)
    with TemporaryDirectory() as folder:
        write_company(company, Path(folder))
        data = load_dataset(config, agreement, Path(folder) / "leads.csv", Path(folder))
    facts = company.facts.set_index("lead_id").loc[list(data.lead_ids)].reset_index()
    found, terms = review(data, agreement), truth.fact_terms(facts)
    true = {id(rule): true_points(rule, facts, terms, agreement, data) for rule in found.rules}
    return judged(found, true)


def judged(found: Review, true: dict[int, float]) -> Told:
    """Hold a review against the truth: the true points of each rule, by its id."""
    planted = [rule for rule in found.rules if rule.rule.fact.fact == truth.WRONG_RULE]
    against = [rule for rule in found.rules if rule.verdict in AGAINST and rule not in planted]
    events = [missing.fact.event for missing in found.missing]
    return Told(
        wrong_found=any(rule.verdict in ("too high", "contradicts") for rule in planted),
        missing_found=truth.MISSING_EVENT in events,
        against=tuple(rule.sentence for rule in against),
        false=tuple(rule.sentence for rule in against if is_false(rule, true[id(rule)])),
        reported=tuple(m.fact.fact for m in found.missing if m.fact.event != truth.MISSING_EVENT),
        covered=sum(rule.low <= true[id(rule)] <= rule.high for rule in found.rules),
        of=len(found.rules),
    )


def is_false(rule: Reviewed, true: float) -> bool:
    """Whether a verdict against a rule is."""
    off = true - rule.agreed
    return abs(off) <= rule.margin or (off > 0) != (rule.verdict == "too low")


def many(seeds: range) -> list[Told]:
    """One review per seed."""
    reviews = Parallel(n_jobs=-1)(delayed(told)(seed) for seed in seeds)
    for seed, one in zip(seeds, reviews, strict=True):
        if not one.right or one.against:
            lacking = [what for what in ("wrong_found", "missing_found") if not getattr(one, what)]
            print(f"   seed {seed}: not {lacking}; against others {one.against}; also missing {one.reported}")
    return list(reviews)


def shares(seeds: range) -> Iterator[Figure]:
    """In how many of the seeds a review did what it should."""
    reviews, n = many(seeds), len(seeds)
    goal, of = 0.9 * n, f"of {n} companies"
    yield at_least(f"wrong rule found, {of}", sum(r.wrong_found for r in reviews), "seeds", goal)
    yield at_least(f"missing rule found, {of}", sum(r.missing_found for r in reviews), "seeds", goal)
    yield at_least(f"no false verdict among the others, {of}", sum(not r.false for r in reviews), "seeds", goal)
    yield at_least(f"no other fact reported missing, {of}", sum(not r.reported for r in reviews), "seeds", goal)
    yield at_least(f"all of this, {of}", sum(r.right for r in reviews), "seeds", goal)
    yield Figure(f"verdicts against other rules, {of}", sum(len(r.against) for r in reviews), "rules")
    covered = sum(r.covered for r in reviews) / sum(r.of for r in reviews)
    yield Figure(f"90 % intervals that hold the truth, {of}", covered, "share", "0.85 to 0.95", 0.85 <= covered <= 0.95)


def seconds() -> Iterator[Figure]:
    """How long a review takes."""
    start = perf_counter()
    told(SEEDS[0])
    yield Figure(f"{LEADS:,} leads made up, read and reviewed", perf_counter() - start, "s")


def run() -> list[Figure]:
    """All figures."""
    return [*shares(SEEDS), *shares(MORE), *seconds()]
