"""Many leads are decided as one lead is."""

from datetime import date
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Agreement, Condition, Conversion, Exclusion, FastTrack, Stage
from features.columns import columns_of
from features.moments import DAY
from features.reference import Reader
from features.stages import Decision, Scores, StageRules, grade
from features.stages_many import ManyScores, ManyStageRules, grades
from features.tables import Event, Lead

NOW = 100 * DAY
MISSING = ("Select",)
FIELDS = ("email", "title", "staff")

points = st.one_of(st.sampled_from([-10.0, 0.0, 39.9, 40.0, 50.0, 60.0]), st.floats(-100, 100))
conditions = st.sampled_from(
    [
        Condition(missing=True),
        Condition(equals="boss"),
        Condition(one_of=("boss", "Select")),
        Condition(matches=("bo*",)),
    ]
)
of_field = st.builds(lambda field, when: {"field": field, "when": when}, st.sampled_from(FIELDS), conditions)
of_staff = st.sampled_from([Condition(at_least=5.0), Condition(below=5.0), Condition(equals=5)]).map(
    lambda when: {"field": "staff_count", "when": when}
)
of_events = st.sampled_from(["demo", "any"]).map(lambda e: {"event": e, "when": Condition(at_least=1.0)})
tests = st.lists(st.one_of(of_field, of_staff, of_events), max_size=3)
stages = st.lists(
    st.fixed_dictionaries(
        {
            "threshold": st.one_of(st.none(), points),
            "on": st.sampled_from(["score", "agreed", "fit", "interest"]),
            "required": st.lists(st.sampled_from(FIELDS), unique=True).map(tuple),
            "gate": st.sampled_from(["automatic", "automatic", "sales decides"]),
        }
    ),
    min_size=1,
    max_size=6,
)
letters = st.dictionaries(st.sampled_from(["A+", "A", "B", "C", "D"]), points, max_size=4)
words = st.sampled_from([None, "", " ", "Boss", "bob", "select", "x"])
leads = st.builds(
    lambda email, title, staff, count, did: Lead(
        "L", {"email": email, "title": title, "staff": staff, "staff_count": count},
        tuple(Event(type=t, at=NOW - DAY) for t in did),
    ),
    words, words, words, st.sampled_from([None, 0, 5, 7.5]), st.lists(st.sampled_from(["demo", "visit"]), max_size=2),
)  # fmt: skip
scores = st.builds(Scores, points, points, points, points)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    drawn = [Stage(stage=f"s{i}", definition="", owner="", **s) for i, s in enumerate(draw(stages))]
    to = st.sampled_from([s.stage for s in drawn])
    return Agreement(
        agreement="Acme",
        version="1",
        agreed_on=date(2026, 1, 1),
        conversion=Conversion(definition="signed", stage=drawn[-1].stage, horizon_days=90.0),
        points_double_odds=10.0,
        stages=tuple(drawn),
        exclusions=tuple(Exclusion(name=f"e{i}", **t) for i, t in enumerate(draw(tests))),
        fast_tracks=tuple(FastTrack(name=f"f{i}", to=draw(to), **t) for i, t in enumerate(draw(tests))),
        grades=draw(letters),
    )


def missing_for_next(decision: Decision) -> str:
    after = next((s for s in decision.standings if s.stage.stage == decision.stage_next), None)
    return ", ".join(after.missing) if after else ""


@given(agreements(), st.lists(st.tuples(leads, scores), min_size=1, max_size=8))
def test_many_leads_are_decided_as_each_is(agreement: Agreement, drawn: list[tuple[Lead, Scores]]) -> None:
    rules, many = StageRules(agreement, MISSING), ManyStageRules(agreement)
    reader = Reader(many.asks, MISSING)
    columns = columns_of(many.asks, [reader.read(lead, NOW) for lead, _ in drawn])
    each = ManyScores(*(np.array(p) for p in zip(*(s for _, s in drawn), strict=True)))
    got, names = many.decide(each, columns), [*(s.stage for s in agreement.stages), ""]
    missing = many.missing_words(got).plain()
    for i, (lead, score) in enumerate(drawn):
        want = rules.decide(lead, list(lead.events), NOW, score)
        exclusions: list[Any] = [*agreement.exclusions, None]
        tracks: list[Any] = [*agreement.fast_tracks, None]
        assert names[got.stage[i]] == want.stage
        assert names[got.next[i]] == want.stage_next
        assert got.points_to_next[i] == want.points_to_next
        assert exclusions[got.exclusion[i]] is want.exclusion
        assert tracks[got.fast_track[i]] is want.fast_track
        assert missing[i] == missing_for_next(want)


@given(agreements(), st.lists(points, min_size=1))
def test_many_grades_are_each_ones(agreement: Agreement, drawn: list[float]) -> None:
    assert grades(agreement, np.array(drawn)).plain() == [grade(agreement, s) for s in drawn]
