"""The learning curve: the same later leads, fewer earlier ones."""

from typing import Any

import numpy as np
import pytest

from features.agreement import Agreement, Fact, Points
from training.config import Learner
from training.dataset import Dataset
from training.evaluate import additive
from training.fitting import fit_scorecard
from training.learning_curve import Size, learning_curve, some_of
from training.measures import measure
from training.plots import learning_curve_chart

SOFTWARE = Fact(fact="industry", field="industry", points=(Points(equals="software", points=5.0),))


@pytest.fixture(scope="module")
def parts(make_dataset: Any) -> tuple[Dataset, Dataset]:
    """240 earlier and 160 later leads; software and many visits convert."""
    random = np.random.default_rng(5)
    industry, visits = random.random(400) < 0.5, random.poisson(2, 400)
    converted = random.random(400) < 1 / (1 + np.exp(2.5 - 1.2 * industry - 0.7 * visits))
    data = make_dataset(
        converted.astype(int),
        industry=["software" if is_software else "steel" for is_software in industry],
        visits=visits.astype(float).tolist(),
    )
    return data.split(0.6)


@pytest.fixture(scope="module")
def agreement(make_agreement: Any) -> Agreement:
    return make_agreement(fit=[SOFTWARE])


@pytest.fixture(scope="module")
def curve(parts: tuple[Dataset, Dataset], agreement: Agreement, quick: Learner) -> tuple[Size, ...]:
    return learning_curve(parts, agreement, quick, sizes=[60, 240], draws=2)


def test_all_leads_are_learned_from_once_and_fewer_as_often_as_drawn(curve: tuple[Size, ...]) -> None:
    assert [(size.leads, len(size.weights)) for size in curve] == [(60, 2), (240, 1)]


def test_with_all_leads_it_is_the_usual_fit(curve, parts, agreement, quick) -> None:
    first, later = parts
    fitted = fit_scorecard("x", first, agreement, quick)
    assert curve[-1].weights == (fitted.weight.weight_of_history,)
    for name, p in additive(fitted, later).items():
        found = measure(later.converted, p)
        assert curve[-1].measured["auc"][name].value == pytest.approx(found.auc)
        assert curve[-1].measured["log_loss"][name].value == pytest.approx(found.log_loss)


def test_what_the_blend_gains_is_the_difference_of_the_means_and_surer_than_either(curve) -> None:
    for size in curve:
        blend, rules = (size.measured["log_loss"][name] for name in ("blend", "rules only"))
        assert size.gained.value == pytest.approx(rules.value - blend.value)
    gained, blend = curve[-1].gained, curve[-1].measured["log_loss"]["blend"]
    assert gained.high - gained.low < blend.high - blend.low


def test_a_draw_of_leads_takes_all_their_rows_in_order_of_time(make_dataset: Any) -> None:
    leads = [0, 1, 0, 2, 1, 3, 2, 3]
    data = make_dataset([0, 1] * 4, leads=leads, visits=[float(i) for i in range(8)])
    some = some_of(data, 2, draw=0)
    assert len(some) == 4
    assert some.when.tolist() == sorted(some.when)
    assert len(set(some.lead_ids)) == 2


def test_another_draw_takes_other_leads_and_the_same_one_the_same(parts: tuple[Dataset, Dataset]) -> None:
    first, _ = parts
    assert some_of(first, 60, 0).lead_ids == some_of(first, 60, 0).lead_ids != some_of(first, 60, 1).lead_ids


def test_progress_is_told_of_every_model(parts, agreement, quick) -> None:
    told: list[tuple[str, int, int]] = []
    learning_curve(parts, agreement, quick, sizes=[60], draws=2, step=lambda *step: told.append(step))
    assert told == [("models of fewer leads", done, 2) for done in (0, 1, 2)]


def test_the_picture_holds_every_size_and_prediction_with_its_interval(curve: tuple[Size, ...]) -> None:
    rows = [r for data in learning_curve_chart(curve).to_dict()["datasets"].values() for r in data]
    found = {(r["leads"], r["prediction"], r["measure"]): r for r in rows if "measure" in r}
    assert len(found) == 2 * 3 * 2
    assert found[60, "blend", "auc"]["low"] == curve[0].measured["auc"]["blend"].low
    gains = [r["value"] for r in rows if "prediction" in r and "measure" not in r]
    assert gains == [size.gained.value for size in curve]
