"""Facts about a lead's age, its stage and its account: what is sent is read, and what is not sent is said."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from features.agreement import Agreement, Condition, Conversion, Fact, FastTrack, Points, Stage
from features.catalog import Feature, Pair, Source, Where
from features.errors import LeadError
from features.moments import DAY
from features.tables import Event, Lead
from serving.answers import answer_to
from serving.scorer import Scorer
from serving.shapes import MAX_COLLEAGUES, LeadIn
from training.scorecard import Scorecard, Table, rules_only

NOW = 20_000 * DAY
AS_OF = "2026-09-01T00:00:00Z"
VISIT = {"type": "visit", "at": "2026-08-31T00:00:00Z"}
FACTS = {
    "lead_age": {"lead": "age_days"},
    "in_stage": {"lead": "stage", "points": (Points(equals="MQL", points=5.0),)},
    "stage_days": {"lead": "days_in_stage"},
    "others": {"lead": "colleagues"},
    "account_visits": {"event": "visit", "over": "account"},
}


def scorecard(interest: tuple[Fact, ...] = (), tracks: tuple[FastTrack, ...] = ()) -> Scorecard:
    made = [
        Fact(fact=name, **({"points_each": 1.0} | told if "points" not in told else told))
        for name, told in FACTS.items()
    ]
    agreement = Agreement(
        agreement="Acme",
        version="1",
        agreed_on=date(2026, 1, 1),
        conversion=Conversion(definition="signed", stage="Customer", horizon_days=90.0),
        points_double_odds=10.0,
        fit=() if interest else tuple(made),
        interest=interest,
        fast_tracks=tracks,
        stages=(
            Stage(stage="Lead", definition="a name", owner="marketing"),
            Stage(stage="MQL", definition="fits", owner="marketing", threshold=1000.0),
            Stage(stage="Customer", definition="signed", owner="sales", gate="sales decides"),
        ),
    )
    return rules_only(agreement)


SCORER = Scorer(scorecard())


def answer(**sent: Any) -> dict[str, Any]:
    return answer_to(SCORER, LeadIn.model_validate({"lead_id": "L-1", "as_of": AS_OF, **sent}))


def values(**sent: Any) -> dict[str, Any]:
    return {term["fact"]: term["value"] for term in answer(**sent)["terms"]}


def test_the_age_of_a_lead_is_read_from_created_at() -> None:
    assert values(created_at="2026-08-01T00:00:00Z")["lead_age"] == 31.0


def test_a_stage_is_read_with_the_moment_since_when() -> None:
    told = values(created_at="2026-07-01", stage_now="MQL", stage_since="2026-08-22")
    assert (told["in_stage"], told["stage_days"]) == ("mql", 10.0)


def test_a_stage_without_a_moment_lasts_since_the_lead_was_created() -> None:
    told = values(created_at="2026-08-22", stage_now="MQL", stage_since="")
    assert (told["in_stage"], told["stage_days"]) == ("mql", 10.0)


def test_what_colleagues_did_is_read() -> None:
    others = [
        {"lead_id": "L-2", "events": [VISIT, VISIT]},
        {"lead_id": "L-3", "created_at": "2026-09-02", "events": [VISIT]},
    ]
    told = values(events=[VISIT], colleagues=others)
    assert (told["account_visits"], told["others"]) == (1.0 + 2.0, 1.0)


def test_a_flat_lead_may_have_colleagues_and_a_stage() -> None:
    told = values(industry="software", stage_now="MQL", stage_since="2026-08-22", colleagues=[{"lead_id": "L-2"}])
    assert (told["in_stage"], told["others"]) == ("mql", 1.0)


def test_a_column_of_a_flat_lead_may_be_called_colleagues() -> None:
    assert LeadIn.model_validate({"lead_id": "L-1", "colleagues": 5}).profile == {"colleagues": 5}


def test_what_was_not_sent_is_said_with_the_facts_that_read_it() -> None:
    assert answer()["notes"] == [
        "created_at was not sent, but read by lead_age",
        "stage_now and its stage_since (or created_at) were not sent, but read by in_stage, stage_days",
        "colleagues were not sent, but read by others, account_visits",
    ]


def test_nothing_is_said_where_all_was_sent() -> None:
    sent = {"created_at": "2026-08-01", "stage_now": "MQL", "colleagues": [{"lead_id": "L-2"}]}
    assert answer(**sent)["notes"] == []


def test_an_empty_list_says_that_there_are_no_colleagues() -> None:
    assert not any(note.startswith("colleagues") for note in answer(colleagues=[])["notes"])


@pytest.mark.parametrize("ids", [["L-1"], ["L-2", "L-2"]], ids=["itself", "twice"])
def test_a_colleague_that_stands_twice_is_refused(ids: list[str]) -> None:
    with pytest.raises(LeadError) as error:
        answer(colleagues=[{"lead_id": i} for i in ids])
    assert error.value.where == f"colleagues.{len(ids) - 1}.lead_id"


def test_more_colleagues_than_can_be_read_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most"):
        LeadIn.model_validate({"lead_id": "L-1", "colleagues": [{"lead_id": "x"}] * (MAX_COLLEAGUES + 1)})


def test_colleagues_alone_make_a_trend() -> None:
    colleague = Lead("L-2", events=tuple(Event("visit", NOW - DAY) for _ in range(3)))
    assert SCORER.answer(Lead("L-1", colleagues=(colleague,)), NOW)["trend"] == "improving"


VISITS = Fact(fact="visits", event="visit", points_each=5.0)
AGREED = Feature(name="agreed", label="agreed", kind="interest", type="number", source=Source(points_of="interest"))


def test_points_of_facts_follow_in_moves_and_trend() -> None:
    """A learned table on agreed points: one more visit also changes the fact that reads those points."""
    card = scorecard(interest=(VISITS,))
    table = Table(cuts=(7.0,), points=(0.0, 20.0), missing=0.0, other=0.0)
    card = replace(card, features=(*card.features, AGREED), tables={"agreed": table}, weight_of_history=0.5)
    scorer = Scorer(card)
    before = scorer.answer(Lead("L-1", events=(Event("visit", NOW),)), NOW)
    after = scorer.answer(Lead("L-1", events=(Event("visit", NOW),) * 2), NOW)
    stage = next(s for s in before["stages"] if s["moves"])
    state_gain = after["score"] - before["score"]
    assert state_gain == 0.5 * 5.0 + 0.5 * 20.0
    (move,) = stage["moves"]
    again = scorer.answer(Lead("L-1", events=(Event("visit", NOW),) * (1 + int(move["text"].split()[0]))), NOW)
    assert move["points"] == pytest.approx(again["score"] - before["score"])
    assert after["trend"] == "improving"


PAIR = Feature(
    name="both", label="stage × visits", kind="interest", type="text",
    source=Source(pair=Pair(first="in_stage", second="account_visits", second_cuts=(2.0,))),
)  # fmt: skip


def paired() -> Scorer:
    """A learned table on a pair of the stage and the visits of the account."""
    card = scorecard()
    table = Table(values=("mql × from 2", "unknown × below 2"), points=(20.0, -6.0), missing=0.0, other=1.0)
    return Scorer(replace(card, features=(*card.features, PAIR), tables={"both": table}, weight_of_history=0.5))


def test_a_pair_is_a_term_with_its_own_reason() -> None:
    told = {"created_at": "2026-08-22", "stage_now": "MQL", "events": [VISIT, VISIT]}
    answered = answer_to(paired(), LeadIn.model_validate({"lead_id": "L-1", "as_of": AS_OF, **told}))
    *_, term = answered["terms"]
    assert (term["label"], term["value"], term["points"]) == ("stage × visits", "mql × from 2", 0.5 * 20.0)
    assert answered["reason_1"] == "stage × visits: mql × from 2: +10.0"
    assert answered["score"] == pytest.approx(answered["base"] + sum(t["points"] for t in answered["terms"]))


def test_of_a_pair_those_facts_are_named_that_read_what_was_not_sent() -> None:
    sent = LeadIn.model_validate({"lead_id": "L-1", "as_of": AS_OF})
    assert answer_to(paired(), sent)["notes"] == answer()["notes"]


def test_pairs_follow_in_the_trend() -> None:
    """Two visits in the last week bring 2 points themselves, and half of 1 - (-6) as one of two."""
    lead = Lead("L-1", events=(Event("visit", NOW - DAY),) * 2)
    scorer = paired()
    before = scorer.answer(lead, NOW - 7 * DAY)["score"]
    assert scorer.answer(lead, NOW)["score"] - before == 0.5 * 2 + 0.5 * (1.0 - -6.0)
    assert scorer.answer(lead, NOW)["trend"] == "improving"


def test_an_event_that_a_fact_cannot_read_is_no_move() -> None:
    """One fact counts orders whose amount is known, another adds the amounts: no amount can be made up."""
    known = Fact(fact="orders", event="order", where={"amount": Where()}, points_each=5.0)
    total = Fact(fact="total", event="order", measure="sum", property="amount", points_each=0.1)
    answered = Scorer(scorecard(interest=(known, total))).answer(Lead("L-1"), NOW)
    assert all(stage["moves"] == [] for stage in answered["stages"])


@pytest.mark.parametrize(("plan", "opens"), [("enterprise", True), ("small", False)])
def test_a_fast_track_on_the_last_text_of_a_property_opens(plan: str, opens: bool) -> None:
    track = FastTrack(
        name="plan", event="form", measure="last", property="plan", when=Condition(equals="Enterprise"), to="MQL"
    )
    scorer = Scorer(scorecard(interest=(VISITS,), tracks=(track,)))
    answered = scorer.answer(Lead("L-1", events=(Event("form", NOW, {"plan": plan}),)), NOW)
    assert (answered["stage"] == "MQL") is opens


def test_a_fast_track_over_the_account_is_opened_by_one_more_event_of_the_lead() -> None:
    track = FastTrack(name="two visits", event="demo", over="account", when=Condition(at_least=2.0), to="MQL")
    scorer = Scorer(scorecard(interest=(VISITS,), tracks=(track,)))
    colleague = Lead("L-2", events=(Event("demo", NOW),))
    answered = scorer.answer(Lead("L-1", colleagues=(colleague,)), NOW)
    moves = next(s["moves"] for s in answered["stages"] if s["stage"] == "MQL")
    assert [m["text"] for m in moves] == ["1 more: two visits (straight to MQL)"]
