"""What would move a lead on: each move, really made, brings the points that it says."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Pair, Source, Where
from features.moments import DAY
from features.tables import Event, Lead
from serving.movable import example_event
from serving.scorer import Scorer
from training.scorecard import Table, rules_only

NOW = 20_000 * DAY
TITLES = {"executive": "CEO", "vice president": "VP Sales", "director": "Director", "manager": "Manager"}
ADDRESSES = {"business": "a@acme.example", "free": "a@gmail.com", "education": "a@mit.edu"}
NOBODY = Lead("L-1")
PARTS = {"score": "score", "agreed": "agreed_score", "fit": "fit_points", "interest": "interest_points"}


def raw(feature: Feature, to: Any) -> Any:
    """A field's value that is read as the fact's value ``to``."""
    if feature.classes:
        words = next(c.words for c in feature.classes if c.name == to)
        return words[0].rstrip("*")
    return {"seniority": TITLES, "email_class": ADDRESSES}.get(feature.source.derive or "", {}).get(to, to)


def made(scorer: Scorer, lead: Lead, as_of: int, move: dict[str, Any]) -> Lead:
    """The lead after the move."""
    feature = next(f for f in scorer.card.features if f.name == move["fact"])
    if not feature.of_events:
        filled = {feature.source.field or "": raw(feature, move["to"])}
        return Lead(lead.lead_id, {**lead.profile, **filled}, lead.events)
    example = example_event(feature.source)
    more = Event(example.type, as_of, example.properties)
    return Lead(lead.lead_id, lead.profile, (*lead.events, *[more] * int(move["text"].split()[0])))


def shares_its_field(scorer: Scorer, fact: str) -> bool:
    """Whether another fact reads the same field, so that filling it moves both."""
    fields = [f.source.field for f in scorer.card.features]
    field = next(f.source.field for f in scorer.card.features if f.name == fact)
    return field is not None and fields.count(field) > 1


def short_stages(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (s for s in answer["stages"] if s["moves"])


def points_of(answer: dict[str, Any], fact: str) -> float:
    return float(next(t["points"] for t in answer["terms"] if t["fact"] == fact))


def check_moves(scorer: Scorer, lead: Lead, as_of: int) -> int:
    """Make every move that is suggested for the lead; returns how many."""
    answer, made_moves = scorer.answer(lead, as_of), 0
    for stage in short_stages(answer):
        before, now, part = answer, lead, PARTS[stage["on"]]
        for move in stage["moves"]:
            start, was = (before, now) if stage["moves_needed"] != "one" else (answer, lead)
            now = made(scorer, was, as_of, move)
            before = scorer.answer(now, as_of, with_moves=False)
            made_moves += 1
            if shares_its_field(scorer, move["fact"]):
                gain = points_of(before, move["fact"]) - points_of(start, move["fact"])
            else:
                gain = before[part] - start[part]
                if "straight to" in move["text"]:
                    stages = [s["stage"] for s in answer["stages"]]
                    assert stages.index(before["stage"]) >= stages.index(stage["stage"])
                elif stage["moves_needed"] == "one":
                    assert before[part] >= stage["threshold"] - 1e-9
            assert gain == pytest.approx(move["points"], abs=1e-9)
            value = next(t["value"] for t in before["terms"] if t["fact"] == move["fact"])
            assert value == (pytest.approx(move["to"]) if isinstance(value, float) else move["to"])
        if stage["moves_needed"] == "all" and not any(shares_its_field(scorer, m["fact"]) for m in stage["moves"]):
            assert before[part] >= stage["threshold"] - 1e-9
    return made_moves


def test_every_move_brings_the_points_that_it_says(scorer: Scorer, leads: list[Lead], as_of: int) -> None:
    assert sum(check_moves(scorer, lead, as_of) for lead in leads[::8]) > 500


def test_by_the_rules_alone_too(rules: Scorer, leads: list[Lead], as_of: int) -> None:
    assert sum(check_moves(rules, lead, as_of) for lead in leads[3::8]) > 500


def test_a_lead_of_whom_nothing_is_known_can_move(rules: Scorer) -> None:
    assert check_moves(rules, NOBODY, NOW) > 0


def agreement(*stages: Stage, fit: tuple[Fact, ...] = (), interest: tuple[Fact, ...] = ()) -> Scorer:
    first = Stage(stage="Lead", definition="a name", owner="marketing")
    return Scorer(
        rules_only(
            Agreement(
                agreement="Acme",
                version="1",
                agreed_on=date(2026, 1, 1),
                conversion=Conversion(definition="signed", stage=stages[-1].stage, horizon_days=90.0),
                points_double_odds=10.0,
                stages=(first, *stages),
                fit=fit,
                interest=interest,
            )
        )
    )


def stage(threshold: float, on: Any = "score") -> Stage:
    return Stage(stage="MQL", definition="good", owner="marketing", threshold=threshold, on=on)


INDUSTRY = Fact(fact="industry", field="industry", points=(Points(equals="software", points=10.0),))
SIZE = Fact(fact="size", field="size", points=(Points(at_least=50.0, below=1_500_000.0, points=8.0),))
LARGE = Fact(fact="size", field="size", points=(Points(at_least=1_234_567.0, points=8.0),))
VISITS = Fact(fact="visits", event="visit", points_each=4.0, cap=12.0)
TRIALS = Fact(fact="trials", event="trial", points_each=6.0, cap=6.0)


def moves_of(scorer: Scorer, lead: Lead = NOBODY) -> tuple[str, list[tuple[str, Any, float]]]:
    answered = scorer.answer(lead, NOW)["stages"][1]
    return answered["moves_needed"], [(m["fact"], m["to"], m["points"]) for m in answered["moves"]]


def test_each_of_several_moves_suffices_smallest_first() -> None:
    scorer = agreement(stage(8.0), fit=(INDUSTRY, SIZE), interest=(VISITS,))
    assert moves_of(scorer) == ("one", [("size", 50.0, 8.0), ("visits", 2.0, 8.0), ("industry", "software", 10.0)])


def test_it_takes_all_moves_together() -> None:
    scorer = agreement(stage(15.0), fit=(INDUSTRY,), interest=(TRIALS,))
    assert moves_of(scorer) == ("all", [("industry", "software", 10.0), ("trials", 1.0, 6.0)])


def test_no_moves_suffice() -> None:
    scorer = agreement(stage(100.0), fit=(INDUSTRY,))
    assert moves_of(scorer) == ("", [("industry", "software", 10.0)])


def test_a_field_that_is_known_is_no_move() -> None:
    scorer = agreement(stage(8.0), fit=(INDUSTRY,))
    assert moves_of(scorer, Lead("L-1", {"industry": "farming"})) == ("", [])


def test_no_more_events_than_add_points() -> None:
    scorer = agreement(stage(100.0), interest=(VISITS,))
    lead = Lead("L-1", {}, (Event("visit", NOW),) * 2)
    assert moves_of(scorer, lead) == ("", [("visits", 3.0, 12.0 - 8.0)])


def test_a_reached_stage_needs_no_moves() -> None:
    scorer = agreement(stage(8.0), interest=(VISITS,))
    assert moves_of(scorer, Lead("L-1", {}, (Event("visit", NOW),) * 2)) == ("", [])


@pytest.mark.parametrize(("on", "fact"), [("fit", "industry"), ("interest", "visits"), ("agreed", "industry")])
def test_moves_look_at_the_score_that_the_threshold_is_on(on: str, fact: str) -> None:
    scorer = agreement(stage(9.0, on), fit=(INDUSTRY,), interest=(VISITS,))
    needed, moves = moves_of(scorer)
    assert (needed, moves[0][0]) == ("one", fact)
    assert check_moves(scorer, NOBODY, NOW) == len(moves)


BRANCH = Fact(
    fact="branch", field="branch", points=(Points(equals="software", points=10.0), Points(equals="retail", points=8.0))
)
BRANCHES = ("software", "retail", "unknown")
SIZES, VISITED = ("below 50", "from 50", "unknown"), ("below 2", "from 2")
pair_points = st.floats(-60, 60)


def with_pairs(scorer: Scorer, **learned: dict[str, float]) -> Scorer:
    """The scorer with half its weight on pairs of the branch with ``visits`` or ``size`` and their learned points."""
    pairs = {
        "visits": Pair(first="branch", second="visits", second_cuts=(2.0,)),
        "size": Pair(first="size", first_cuts=(50.0,), second="branch"),
    }
    features = [
        Feature(name=f"of_{name}", label=name, kind="fit", type="text", source=Source(pair=pairs[name]))
        for name in learned
    ]
    tables = {
        f"of_{name}": Table(values=tuple(table), points=tuple(table.values()), missing=0.0, other=0.0)
        for name, table in learned.items()
    }
    card = replace(scorer.card, features=(*scorer.card.features, *features), tables=tables, weight_of_history=0.5)
    return Scorer(card)


def test_a_pair_changes_with_the_field_that_is_filled() -> None:
    scorer = with_pairs(agreement(stage(14.0), fit=(BRANCH,), interest=(VISITS,)), visits={"software × from 2": 20.0})
    lead = Lead("L-1", {}, (Event("visit", NOW),) * 2)
    assert moves_of(scorer, lead) == ("one", [("branch", "software", 0.5 * 10 + 0.5 * 20)])
    assert check_moves(scorer, lead, NOW) == 1


def test_which_value_of_a_field_is_worth_most_depends_on_the_rest_of_the_lead() -> None:
    scorer = with_pairs(agreement(stage(14.0), fit=(BRANCH,), interest=(VISITS,)), visits={"retail × from 2": 30.0})
    visited = Lead("L-1", {}, (Event("visit", NOW),) * 2)
    assert moves_of(scorer, visited)[1][0] == ("branch", "retail", 0.5 * 8 + 0.5 * 30)
    assert ("branch", "software", 0.5 * 10) in moves_of(scorer)[1]


@given(
    st.fixed_dictionaries({f"{b} × {v}": pair_points for b in BRANCHES for v in VISITED}),
    st.fixed_dictionaries({f"{s} × {b}": pair_points for s in SIZES for b in BRANCHES}),
    st.sampled_from([None, "software", "retail", "farming"]),
    st.sampled_from([None, 10, 60]),
    st.integers(0, 3),
    st.sampled_from(["score", "fit"]),
)
def test_whatever_is_learned_about_pairs_moves_bring_what_they_say(
    of_visits: dict[str, float], of_size: dict[str, float], branch: str | None, size: float | None, visits: int, on: str
) -> None:
    scorer = with_pairs(
        agreement(stage(25.0, on), fit=(BRANCH, SIZE), interest=(VISITS,)), visits=of_visits, size=of_size
    )
    check_moves(scorer, Lead("L-1", {"branch": branch, "size": size}, (Event("visit", NOW - DAY),) * visits), NOW)


def test_a_large_number_is_written_in_full() -> None:
    answer = agreement(stage(8.0), fit=(LARGE,)).answer(NOBODY, NOW)
    assert answer["stages"][1]["moves"][0]["text"] == "if size turns out to be at least 1234567"


def test_an_event_for_a_source_is_one_that_it_counts() -> None:
    source = Source(event="page_view", where={"path": "/pricing", "logged_in": True})
    assert example_event(source) == Event("page_view", 0, {"path": "/pricing", "logged_in": True})


def test_a_fast_track_is_the_first_move_to_its_stage(rules: Scorer) -> None:
    answer = rules.answer(NOBODY, NOW)
    sal = next(s for s in answer["stages"] if s["stage"] == "SAL")
    assert sal["moves_needed"] == "one"
    assert sal["moves"][0]["text"] == "1 more: demo requests in 30 days (straight to SAL)"


def test_an_excluded_lead_has_no_moves(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", {"email": "spy@rival.example"}), NOW)
    assert answer["stage_next"] == ""
    assert not any(s["moves"] for s in answer["stages"])


def test_events_that_speak_against_a_lead_are_no_moves(rules: Scorer) -> None:
    moves = [m["fact"] for s in rules.answer(NOBODY, NOW)["stages"] for m in s["moves"]]
    assert moves
    assert "careers_visits" not in moves


@pytest.mark.parametrize("where", [{}, {"contains": "x"}, {"starts_with": "/a", "contains": "b"}])
def test_an_example_event_is_counted_or_no_move(where: dict[str, str]) -> None:
    fact = Fact(fact="known", event="visit", where={"product": Where(**where)}, points_each=10.0, cap=10.0)
    [move] = agreement(stage(8.0), interest=(fact,)).answer(NOBODY, NOW)["stages"][1]["moves"]
    assert move["points"] == 10.0


def test_stages_that_the_lead_has_passed_have_no_moves(rules: Scorer) -> None:
    demo = Lead("L-1", {}, (Event("demo_requested", NOW, {}),))
    answer = rules.answer(demo, NOW)
    assert answer["stage"] == "SAL"
    assert not any(s["moves"] for s in answer["stages"][:4])
    assert answer["missing_for_next"] == "email, job_title, employees, budget, need"
