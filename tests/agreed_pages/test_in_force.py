"""The page of the agreement in force: what it says is what was agreed, in three languages, with history beside it."""

from pathlib import Path

import pytest
from deskpages import MADEUP, As, Serve, parsed, signed_in, words
from pages import faults
from surfer import Surfer, identified

from features.agreement import Agreement
from features.loading import agreement_from_text
from training.additive import AdditiveScorer
from training.scorecard import Scorecard

LANGUAGES = ("en", "de", "zh")


def page(surfer: Surfer, path: str = "/agreement", language: str = "en") -> str:
    answer = surfer.get(path, accept_language=language)
    assert answer.status_code == 200, answer.text
    return answer.text


def shown_points(html: str, fact: str) -> list[float]:
    """The points in the table of a fact's rules."""
    title = parsed(html).find(id=f"fact-{fact}")
    assert title is not None
    cells = title.find_parent("article").select("table.rules td.points")
    return [float(cell.get_text().replace("−", "-")) for cell in cells]


def test_every_rule_has_the_points_that_were_agreed(reader: Surfer, agreement: Agreement) -> None:
    html = page(reader)
    for _, fact in agreement.facts:
        agreed = [p.points for p in fact.points] if fact.points_each is None else [fact.points_each]
        assert shown_points(html, fact.fact) == agreed


def test_every_stage_has_its_threshold_owner_and_fields(reader: Surfer, agreement: Agreement) -> None:
    rows = {words(row.th): words(row) for row in parsed(page(reader)).select("#stages tbody tr")}
    assert list(rows) == [stage.stage for stage in agreement.stages]
    for stage in agreement.stages:
        told = (stage.definition, stage.owner, stage.metric, *stage.required, stage.sla.do if stage.sla else "")
        assert all(text in rows[stage.stage] for text in told)
    assert "40 points or more" in rows["MQL"]
    assert "40%" in rows["MQL"]
    assert "within 24 business hours" in rows["MQL"]


def test_worked_examples_stand_with_their_outcome(reader: Surfer, agreement: Agreement) -> None:
    told = words(parsed(page(reader)).find(id="examples"))
    for example in agreement.examples:
        assert example.name in told
    assert "53 MQL" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_readers_language_and_leaves_the_agreements_words(
    reader: Surfer, language: str, agreement: Agreement
) -> None:
    told = words(parsed(page(reader, language=language)))
    headings = {"en": "Worked examples", "de": "Durchgerechnete Beispiele", "zh": "示例"}
    assert headings[language] in told
    assert "students do their theses on us" in told
    assert all(stage.definition in told for stage in agreement.stages)


@pytest.mark.parametrize("language", ["de", "zh"])
def test_a_rule_is_said_in_words_of_the_language(reader: Surfer, language: str) -> None:
    said = {
        "de": "Ereignisse „page_view“ mit path beginnt mit /pricing",
        "zh": "“page_view”事件（path 以 /pricing 开头）",
    }
    assert said[language] in words(parsed(page(reader, language=language)))


def test_without_history_it_says_how_to_get_some(reader: Surfer) -> None:
    html = page(reader)
    assert "leadscore train" in html
    assert parsed(html).select("table.worth") == []


def test_a_rep_reads_it_and_is_offered_nothing_to_do(as_role: As) -> None:
    html = parsed(page(as_role("rep")))
    assert html.select("main form, main button, main .button") == []
    assert "Managers sign, propose and adopt agreements." in words(html)


def test_agreed_and_learned_points_of_a_value_are_those_of_the_scorecard(
    trained_reader: Surfer, card: Scorecard
) -> None:
    scorer = AdditiveScorer(card)
    index = [f.name for f in card.features].index("industry")
    agreed, learned, counted = scorer.terms_of(index, "software")
    article = parsed(page(trained_reader)).find(id="fact-industry").find_parent("article")  # type: ignore[union-attr]
    rows = {
        words(row.th): [words(cell) for cell in row.select("td.number")] for row in article.select(".worth tbody tr")
    }
    shown = [float(text.replace("−", "-")) for text in rows["software"][:3]]
    assert shown == pytest.approx([agreed, learned, counted], abs=0.05)
    assert shown[0] == 10.0


def test_points_are_averaged_over_todays_leads(serve: Serve, card: Scorecard) -> None:
    service = serve(card)
    for n in range(3):
        identified(service, f"L-{n}", industry="software", job_title="Head of IT", employees=100.0 + n)
    html = parsed(page(signed_in(service, "rep")))
    rows = html.find(id="fact-industry").find_parent("article").select(".worth tbody tr")  # type: ignore[union-attr]
    leads = {words(row.th): words(row.select("td")[-1]) for row in rows}
    assert (leads["software"], leads["retail"]) == ("3", "0")
    assert "averaged over 3 of today's open leads" in words(html)


def test_facts_without_a_rule_that_history_knows_are_listed(trained_reader: Surfer, card: Scorecard) -> None:
    agreed = {fact.fact for _, fact in card.agreement.facts}
    others = [f.label for f in card.features if f.name not in agreed]
    told = words(parsed(page(trained_reader)).find(id="history-only"))
    assert any(label in told for label in others)


def test_hostile_texts_of_an_agreement_do_nothing(manager: Surfer) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    text = (MADEUP / "agreement.yaml").read_text("utf-8")
    text = text.replace('version: "2026-10"', 'version: "<b>2026-11</b>"')
    for found in ("a name we hold", "signs the contract", "works for a competitor", "the head of IT who reads prices"):
        text = text.replace(found, '"' + hostile.replace('"', '\\"') + '"')
    hashed = agreement_from_text(text).content_hash()
    fields = manager.fields("/agreement/propose")
    assert manager.post("/agreement/propose", fields | {"text": text}).status_code == 303
    html = page(manager, f"/agreement/versions/{hashed}")
    assert faults(html) == []
    assert hostile in words(parsed(html))
    assert "<b>2026-11</b>" in words(parsed(page(manager)).find(id="proposals"))


@pytest.mark.parametrize("path", ["/agreement", "/agreement/propose", "/model"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_one_main_heading_and_labels_for_its_fields(
    trained_reader: Surfer, path: str, language: str
) -> None:
    html = parsed(page(trained_reader, path, language))
    assert len(html.find_all("h1")) == 1
    named = {label.get("for") for label in html.find_all("label")}
    for field in html.select(
        "main input:not([type=hidden], [type=radio], [type=checkbox]), main select, main textarea"
    ):
        assert field.get("id") in named
    for table in html.select("main table"):
        assert table.find_parent(class_="wide") is not None
        assert table.caption is not None


REVIEW = """kind,fact,condition,agreed,learned,low,high,margin,leads,converted,fires,verdict
fit,industry,software <b>,10.0,2.9,1.0,4.8,3.0,444,85,sometimes,too high
interest,trials,each,,24.5,20.0,29.0,3.0,200,90,sometimes,no rule
fit,size,below 5,-5.0,,,,,0,0,never,not enough leads
"""


def test_the_verdicts_of_the_last_review_are_shown(serve: Serve, home: Path, card: Scorecard) -> None:
    service = serve(card)
    (home / "review").mkdir()
    (home / "review" / "review.csv").write_text(REVIEW, "utf-8")
    rows = [words(row) for row in parsed(page(signed_in(service, "rep"))).select("#review tbody tr")]
    assert rows == [
        "industry: software <b> +10.0 +2.9 +1.0 to +4.8 444 85 too high",
        "trials: each +24.5 +20.0 to +29.0 200 90 no rule",
        "size: below 5 −5.0 0 0 not enough leads",
    ]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe", REVIEW.replace("444", "many").encode()], ids=repr)
def test_a_review_that_cannot_be_read_is_passed_over(serve: Serve, home: Path, card: Scorecard, content: bytes) -> None:
    service = serve(card)
    (home / "review").mkdir()
    (home / "review" / "review.csv").write_bytes(content)
    assert parsed(page(signed_in(service, "rep"))).select("#review tbody tr") == []
