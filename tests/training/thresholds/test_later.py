"""Later leads: those that came after the ones learned from, each once."""

from pathlib import Path

import numpy as np
import pytest

from training.leads import Leads
from training.thresholds import later_leads

MADEUP = Path(__file__).parents[3] / "training" / "madeup"
QUICK = "learner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n"


@pytest.fixture(scope="module")
def leads(tmp_path_factory, madeup_home) -> Leads:
    """The made-up company, read at three ages."""
    folder = tmp_path_factory.mktemp("thresholds")
    text = (MADEUP / "train.yaml").read_text("utf-8").replace("ages: [21]", "ages: [7, 14, 21]")
    (folder / "train.yaml").write_text(text + QUICK, "utf-8")
    (folder / "agreement.yaml").write_text((MADEUP / "agreement.yaml").read_text("utf-8"), "utf-8")
    return Leads(folder / "train.yaml", madeup_home / "madeup")


@pytest.fixture(scope="module")
def later(leads):
    return later_leads(leads)


def test_every_later_lead_counts_once(leads, later) -> None:
    _, part = leads.everything.split(leads.config.train_share)
    assert len(later) == len(part.once()) < len(part)


def test_a_lead_converts_if_it_does_after_any_of_its_moments(leads, later) -> None:
    _, part = leads.everything.split(leads.config.train_share)
    assert later.converted.tolist() == part.once().converted.tolist()


def test_the_thresholds_of_today_are_those_on_the_same_score(later) -> None:
    assert later.stages == {"Lead": 15, "MQL": 40, "SAL": 50, "SQL": 60}


def test_leads_come_in_a_month_as_they_did(leads, later) -> None:
    _, part = leads.everything.split(leads.config.train_share)
    when = part.once().when
    months = (when[-1] - when[0]) / 86_400e6 / (365.25 / 12)
    assert later.a_month == pytest.approx((len(later) - 1) / months)


def test_better_scores_convert_more_often(later) -> None:
    best = later.score >= np.quantile(later.score, 0.8)
    assert later.converted[best].mean() > 2 * later.converted[~best].mean()
