"""The model card: everything that one must know of a version, on a page that asks nobody for anything."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from mlflow.tracking import MlflowClient
from msgspec.structs import replace

from training.guard.report import GuardReport, Suspicion
from training.intervals import Rows, judge
from training.modelcard.content import Source, content_of
from training.modelcard.page import page
from training.plots import score_chart
from training.timing import timing

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
GUARD = GuardReport((), {}, {}, ("size",), 100, 100)


class Seen(HTMLParser):
    """Tags, their attributes, and the text of a page; tags that are closed as they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self.open = "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.words += data


@pytest.fixture(scope="module")
def madeup_page(madeup_home: Path, card) -> str:
    """The card of the made-up company's champion, as it was kept."""
    client = MlflowClient(f"sqlite:///{madeup_home / 'mlflow.db'}")
    return Path(client.download_artifacts(card.history.run_id, "model_card.html")).read_text("utf-8")


@pytest.fixture
def make_page(make_card, make_leads):
    """A small card, of which parts may be changed."""

    def make(card=None, guard=GUARD, files=(), charts=None, n: int = 400, learned: float = 1.0) -> str:
        card, leads = card or make_card(), make_leads(n)
        first, later = leads.split(0.5)
        predictions = {name: np.full(len(later), p) for name, p in (("rules only", 0.4), ("blend", 0.5))}
        judged = judge(Rows.of(later), predictions, draws=20)
        told = timing(later, predictions["blend"])
        whole = leads if learned == 1.0 else leads.split(learned)[0]
        source = Source(first, later, whole, judged, told, guard, None, charts or {}, dict(files), {"python": "3.11"})
        return page(content_of(source, card))

    return make


def test_it_asks_nobody_for_anything(madeup_page) -> None:
    seen = Seen(madeup_page)
    asking = [a for _, attrs in seen.tags for name, a in attrs.items() if name in {"src", "href", "srcset", "data"}]
    assert asking
    assert all(a.startswith("data:image/svg+xml;base64,") for a in asking)
    assert not {tag for tag, _ in seen.tags} & {"script", "link", "iframe", "object", "embed", "form"}
    assert "url(" not in madeup_page
    assert "@import" not in madeup_page


def test_a_browser_is_told_to_load_nothing(madeup_page) -> None:
    (policy,) = [a["content"] for tag, a in Seen(madeup_page).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_every_tag_is_closed(madeup_page) -> None:
    assert Seen(madeup_page).open == []


def test_it_holds_what_must_be_known(madeup_page, card, madeup_home) -> None:
    words = re.sub(r"\s+", " ", Seen(madeup_page).words)
    for needed in (
        "madeup, version 1",
        card.agreement.conversion.definition,
        "within 90 days",
        f"{card.history.leads:,}",
        card.history.data_fingerprint,
        card.history.run_id,
        card.history.code_version,
        card.agreement_hash,
        "naive Bayes",
        "logistic regression",
        "gradient boosting",
        "filled after a win",
        "What it is for",
        "Limits",
        "How to replay it",
        "scikit-learn",
    ):
        assert needed in words, needed


def test_it_names_the_checksum_of_the_scorecard_that_is_served(madeup_page, madeup_home) -> None:
    checksum = (madeup_home / "scorecard.json").read_text("utf-8").split('"')[3]
    assert checksum in Seen(madeup_page).words


def test_it_shows_the_configuration_and_the_agreement_as_they_were(madeup_page) -> None:
    folder = Path(__file__).parents[3] / "training" / "madeup"
    words = Seen(madeup_page).words
    for name in ("train.yaml", "agreement.yaml"):
        assert (folder / name).read_text("utf-8").strip() in words


def test_the_pictures_are_images_within_the_page(madeup_page) -> None:
    images = [a for tag, a in Seen(madeup_page).tags if tag == "img"]
    assert [a["alt"].partition(":")[0] for a in images] == ["calibration", "gains", "scores", "points", "example"]


def test_it_says_of_how_many_leads_the_registered_scorecard_has_learned(make_page) -> None:
    tested, fitted_on_all = (re.sub(r"\s+", " ", Seen(make_page(learned=share)).words) for share in (0.5, 1.0))
    assert "200leads learned from" in tested
    assert "The registered scorecard is the one that was tested." in tested
    assert "400leads learned from" in fitted_on_all
    assert "The registered scorecard then learned from all of them in the same way." in fitted_on_all


def test_measures_have_their_intervals(make_page) -> None:
    """With the same probability for all, every order of the leads is as good: AUC .5, without any doubt."""
    text = make_page()
    assert '0.500<br><span class="soft">(0.500 to 0.500)' in text


def test_suspicions_are_shown_with_their_answers(make_page) -> None:
    guard = GUARD._replace(suspicions=(Suspicion("Last Activity", ("a state that is overwritten",), "known in time"),))
    words = Seen(make_page(guard=guard)).words
    for told in ("Last Activity", "a state that is overwritten", "known in time"):
        assert told in words
    assert "None that is read was suspected" not in words
    assert "None that is read was suspected" in Seen(make_page()).words


@pytest.mark.parametrize(("n", "said"), [(300, True), (600, False)])
def test_few_later_leads_are_said_to_say_little(make_page, n, said) -> None:
    assert ("the measures say little" in make_page(n=n)) is said


def test_a_card_without_history_has_a_page_too(make_page, make_card) -> None:
    assert "Trained" not in make_page(replace(make_card(), history=None))


def test_whatever_comes_from_outside_is_escaped(make_page, make_card) -> None:
    card = make_card()
    conversion = replace(card.agreement.conversion, definition=EVIL, stage=EVIL)
    agreement = replace(card.agreement, agreement=EVIL, version=EVIL, conversion=conversion)
    features = tuple(replace(f, label=EVIL) for f in card.features)
    history = replace(card.history, code_version=EVIL, run_id=EVIL, data_fingerprint=EVIL)
    card = replace(card, name=EVIL, model_version=EVIL, agreement=agreement, features=features, history=history)
    guard = GUARD._replace(suspicions=(Suspicion(EVIL, (EVIL,), EVIL),), never_read={EVIL: EVIL})
    chart = score_chart(np.array([1.0, 2.0]), np.array([0, 1]), {EVIL: 1.5})
    seen = Seen(make_page(card, guard, {"config/train.yaml": EVIL}, {"scores": chart}))
    assert seen.words.count(EVIL) >= 10
    assert "script" not in {tag for tag, _ in seen.tags}
    assert not [a for _, attrs in seen.tags for a in attrs if a.startswith("on")]


def test_the_same_run_makes_the_same_page(make_page) -> None:
    assert make_page() == make_page()
