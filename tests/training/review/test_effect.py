"""What a proposal changes for stored leads."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from features.agreement import Exclusion, FastTrack, Stage
from features.columns import column_of
from features.loading import AgreedScore
from features.moments import moment
from features.stages_many import ManyStageRules
from features.tables import Lead
from training.leads import Leads
from training.review.effect import effect_of, read_asked
from training.review.special import hits_of

MADEUP = Path(__file__).parents[3] / "training" / "madeup" / "train.yaml"


@pytest.fixture
def staged(make_agreement, asks):
    """An agreement with points for a and for b, and an MQL from 10 points on."""

    def make(a: float, b: float, **more):
        agreement = make_agreement(fit=[asks("a", a), asks("b", b)])
        lead, customer = agreement.stages
        mql = Stage(stage="MQL", definition="worth a call", owner="marketing", threshold=10.0)
        return replace(agreement, stages=(lead, mql, customer), **more)

    return make


def test_the_same_agreement_moves_nobody(make_dataset, staged) -> None:
    data = make_dataset([1, 0], a=["yes", None], b=[None, None])
    effect = effect_of(staged(10, 5), staged(10, 5), data, [])
    assert effect.moves.moved == []
    assert effect.sentence == "None of 2 leads would stand in another stage."


def test_an_agreement_without_rules_has_every_lead_where_it_begins(make_dataset, staged) -> None:
    data = make_dataset([1, 0], a=["yes", None], b=[None, None])
    nothing = replace(staged(10, 5), fit=())
    effect = effect_of(nothing, staged(10, 5), data, [])
    assert effect.moves.counts == {"Lead": (2, 1), "MQL": (0, 1), "Customer": (0, 0)}


def test_leads_are_counted_by_stage_with_their_conversions(make_dataset, staged) -> None:
    data = make_dataset([1, 1, 0], a=["yes", None, None], b=[None, "yes", None])
    effect = effect_of(staged(10, 5), staged(5, 10), data, [])
    assert effect.moves.counts["MQL"] == (1, 1)
    assert effect.converted == {"Lead": (1, 1), "MQL": (1, 1), "Customer": (0, 0)}
    moved = [(m.lead_id, m.before, m.after) for m in effect.moves.moved]
    assert moved == [("L-0", "MQL", "Lead"), ("L-1", "Lead", "MQL")]
    assert effect.sentence == "Of 3 leads 2 would stand in another stage: 1 further on, 1 less far."


def test_a_lead_read_several_times_stands_in_the_furthest_stage_that_it_reached(make_dataset, staged) -> None:
    data = make_dataset([0, 0, 1], leads=[7, 7, 8], a=[None, "yes", None], b=[None, None, None])
    effect = effect_of(staged(0, 5), staged(10, 5), data, [])
    assert [(m.lead_id, m.score_before, m.score_after) for m in effect.moves.moved] == [("L-7", 0.0, 10.0)]
    assert effect.moves.counts["MQL"] == (0, 1)


def test_what_exclusions_read_is_asked_of_the_same_rows(madeup_home, madeup) -> None:
    agreement, data = madeup
    leads = Leads(MADEUP, madeup_home / "madeup")
    asked = read_asked(leads, agreement)
    assert [len(column) for column in asked] == [len(data)] * len(ManyStageRules(agreement).asks)


def test_an_agreement_that_asks_nothing_reads_nothing(make_agreement, madeup_home) -> None:
    assert read_asked(Leads(MADEUP, madeup_home / "madeup"), make_agreement()) == ()


def test_stages_are_those_of_single_leads(make_dataset, staged) -> None:
    values = [("yes", "yes"), ("yes", None), (None, "yes"), (None, None)]
    data = make_dataset([0, 1, 0, 1], a=[a for a, _ in values], b=[b for _, b in values])
    before, after = staged(6, 4), staged(4, 10)
    moved = {m.lead_id: (m.before, m.after) for m in effect_of(before, after, data, []).moves.moved}
    for i, (a, b) in enumerate(values):
        lead = Lead(f"L-{i}", {"a": a, "b": b}, ())
        stages = tuple(AgreedScore(x).score(lead, moment("2026-01-01"))[1].stage for x in (before, after))
        assert moved.get(f"L-{i}", (stages[0], stages[0])) == stages


def test_exclusions_and_fast_tracks_are_counted_by_lead(staged, asks) -> None:
    condition = asks("a", 1).points[0]
    agreement = staged(
        10,
        5,
        exclusions=(Exclusion(name="rival", field="a", when=condition),),
        fast_tracks=(FastTrack(name="demo", field="b", when=condition, to="MQL"),),
    )
    features = ManyStageRules(agreement).asks
    asked = [column_of(features[0], ["yes", "yes", None]), column_of(features[1], [None, None, None])]
    rival, demo = hits_of(agreement, asked, whose=np.array([0, 0, 1]))
    assert (rival.kind, rival.leads, rival.leads_in_all, rival.fires) == ("exclusion", 1, 2, "sometimes")
    assert demo.sentence == "The fast-track 'demo' hits no lead whose outcome is known."
