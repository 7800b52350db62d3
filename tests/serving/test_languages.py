"""An answer in another language: the same numbers to the last bit, said in other words."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.agreement import Bounds
from features.loading import load_agreement
from features.moments import DAY
from features.tables import Event, Lead
from serving.scorer import Scorer
from serving.words.catalogue import LANGUAGES
from training.scorecard import rules_only

NOW = 20_700 * DAY
OTHERS = st.sampled_from([language for language in LANGUAGES if language != "en"])
TEXTS = ("summary", *(f"reason_{i}" for i in range(1, 6)))
POINTS = re.compile(r"(?P<points>[-+]\d+[.,]\d)$")
AGREEMENT = load_agreement(Path(__file__).parents[2] / "training" / "madeup" / "agreement.yaml")
KIM = Lead(
    "L-1",
    {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software"},
    tuple(Event("page_view", NOW - days * DAY, {"path": "/pricing"}, f"e{days}") for days in (1, 4)),
)

paths = st.sampled_from(["/pricing", "/product/a", "/careers/x", "/"])
types = st.sampled_from("page_view webinar_attended email_clicked demo_requested trial_started".split())
events = st.builds(Event, type=types, at=st.integers(NOW - 100 * DAY, NOW), properties=paths.map(lambda p: {"path": p}))
texts = st.none() | st.sampled_from(
    ["software", "Head of IT", "x@rival.example", "x@acme.example", "{0}", "a: b", "，"]
)
profiles = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("email", "job_title", "industry", "country", "budget"), texts)
    | {"employees": st.none() | st.floats(0, 1e5), "annual_revenue": st.none() | st.floats(0, 1e9)},
)
any_lead = st.builds(
    Lead, lead_id=st.just("L-1"), profile=profiles, events=st.lists(events, max_size=8).map(tuple), created_at=st.none()
)


@pytest.fixture(scope="module")
def agreed() -> Scorer:
    """The made-up company's agreement alone, as its file says now."""
    return Scorer(rules_only(AGREEMENT))


def without_texts(answer: dict[str, Any]) -> bytes:
    """An answer's bits, but for what is said."""
    bare = {name: value for name, value in answer.items() if name not in TEXTS}
    bare["terms"] = [{k: v for k, v in term.items() if k not in ("label", "text")} for term in answer["terms"]]
    bare["stages"] = [s | {"moves": [m | {"text": ""} for m in s["moves"]]} for s in answer["stages"]]
    return orjson.dumps(bare)


def points_of(reason: str) -> float:
    found = POINTS.search(reason)
    assert found, reason
    return float(found["points"].replace(",", "."))


@settings(max_examples=40)
@given(any_lead, OTHERS)
def test_every_number_is_the_same_in_every_language(scorer: Scorer, lead: Lead, language: str) -> None:
    assert without_texts(scorer.speaking(language).answer(lead, NOW)) == without_texts(scorer.answer(lead, NOW))


@settings(max_examples=40)
@given(any_lead, OTHERS)
def test_reasons_have_the_same_points_in_every_language(scorer: Scorer, lead: Lead, language: str) -> None:
    english, other = scorer.answer(lead, NOW), scorer.speaking(language).answer(lead, NOW)
    for name in TEXTS[1:]:
        assert bool(english[name]) == bool(other[name])
        assert not english[name] or points_of(english[name]) == points_of(other[name])


@settings(max_examples=40)
@given(any_lead, st.sampled_from(LANGUAGES))
def test_an_answer_is_written_as_it_is_told(scorer: Scorer, lead: Lead, language: str) -> None:
    speaking = scorer.speaking(language)
    told = speaking.answer(lead, NOW) | {"notes": []}
    assert orjson.loads(speaking.written(speaking.judge(lead, NOW), [])) == told


@settings(max_examples=40)
@given(any_lead, st.sampled_from(LANGUAGES))
def test_the_summary_ends_with_the_foremost_reasons(scorer: Scorer, lead: Lead, language: str) -> None:
    speaking = scorer.speaking(language)
    answer, between = speaking.answer(lead, NOW), speaking.wording.words("said.weighs")
    said = [answer[name].rpartition(between) for name in TEXTS[1:] if answer[name]]
    for sign in "+-":
        first = next(((text, points) for text, _, points in said if points.startswith(sign)), None)
        assert first is None or (first[0] in answer["summary"] and first[1] in answer["summary"])


def test_threads_that_ask_at_once_are_each_answered_in_their_own_language() -> None:
    asked = LANGUAGES * 40
    alone = {language: Scorer(rules_only(AGREEMENT)).speaking(language).answer(KIM, NOW) for language in LANGUAGES}
    together = Scorer(rules_only(AGREEMENT))
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda language: together.speaking(language).answer(KIM, NOW), asked))
    assert told == [alone[language] for language in asked]


def test_an_answer_in_german(agreed: Scorer) -> None:
    answer = agreed.speaking("de").answer(KIM, NOW)
    assert answer["summary"] == (
        "37,9 Punkte, Note C, Stufe Lead; 2,1 Punkte fehlen bis MQL. "
        "10\xa0% Aussicht auf Abschluss innerhalb von 90 Tagen. Am meisten dafür spricht: Branche: software (+10,0)."
    )
    assert answer["reason_3"] == "1,8 Besuche der Preisseite in 30 Tagen (ältere zählen weniger): +8,9"


def test_an_answer_in_chinese(agreed: Scorer) -> None:
    answer = agreed.speaking("zh").answer(KIM, NOW)
    assert answer["summary"] == (
        "37.9 分，等级 C，阶段 Lead；距 MQL 还差 2.1 分。90 天内转化的概率为 10%。主要加分项：行业：software（+10.0）。"
    )
    assert answer["reason_3"] == "30 天内访问价格页次数：1.8（越早的权重越低），+8.9"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["employees: unknown", "no webinars attended in 60 days"]),
        ("de", ["Mitarbeiterzahl: unbekannt", "keine Webinar-Teilnahmen in 60 Tagen"]),
        ("zh", ["员工人数：未知", "60 天内参加网络研讨会次数：无"]),
    ],
)
def test_what_is_not_known_and_what_was_not_done(agreed: Scorer, language: str, said: list[str]) -> None:
    terms = {term["fact"]: term["text"] for term in agreed.speaking(language).answer(KIM, NOW)["terms"]}
    assert [terms["employees"], terms["webinars"]] == said


def test_moves_in_german(agreed: Scorer) -> None:
    stages = agreed.speaking("de").answer(KIM, NOW)["stages"]
    said = {move["text"] for stage in stages for move in stage["moves"]}
    assert "noch 1: Demo-Anfragen in 30 Tagen (direkt zu SAL)" in said
    assert "wenn sich herausstellt: Mitarbeiterzahl – mindestens 200 und unter 2000 Personen" in said


def test_moves_in_chinese(agreed: Scorer) -> None:
    stages = agreed.speaking("zh").answer(KIM, NOW)["stages"]
    said = {move["text"] for stage in stages for move in stage["moves"]}
    assert "再增加 1 次：30 天内申请演示次数（直接进入 SAL）" in said
    assert "若得知员工人数：不少于 200 且少于 2000 人" in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "share of the seats in use: none"),
        ("de", "Anteil der genutzten Lizenzen: nicht vorhanden"),
        ("zh", "席位使用率：无"),
    ],
)
def test_a_measure_of_events_that_never_came(language: str, said: str) -> None:
    path = Path(__file__).parents[2] / "training" / "madeup" / "agreement_customers.yaml"
    terms = Scorer(rules_only(load_agreement(path))).speaking(language).answer(KIM, NOW)["terms"]
    assert said in {term["text"] for term in terms}


@pytest.mark.parametrize(
    ("language", "cut"),
    [
        ("en", "cut to the agreed range"),
        ("de", "auf den vereinbarten Bereich begrenzt"),
        ("zh", "按约定的分数范围截断"),
    ],
)
def test_what_the_bounds_cut_off(language: str, cut: str) -> None:
    fields = {name: getattr(AGREEMENT, name) for name in AGREEMENT.__struct_fields__}
    bounded = type(AGREEMENT)(**fields | {"bounds": Bounds(low=0.0, high=20.0)})
    terms = Scorer(rules_only(bounded)).speaking(language).answer(KIM, NOW)["terms"]
    assert terms[-1]["text"] == terms[-1]["label"] == cut


def test_a_scorer_of_a_language_is_made_once(agreed: Scorer) -> None:
    german = agreed.speaking("de")
    assert german is agreed.speaking("de") is german.speaking("zh").speaking("de")
    assert german.speaking("en") is agreed is agreed.speaking("en")


def test_the_languages_share_what_is_computed(agreed: Scorer) -> None:
    """A lead judged by the scorer of one language is told by that of another."""
    judged = agreed.judge(KIM, NOW)
    assert agreed.speaking("de").told(judged) == agreed.speaking("de").answer(KIM, NOW)
