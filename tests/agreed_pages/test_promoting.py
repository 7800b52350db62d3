"""A challenger on the page of the model, against a real registry: refused with why, promoted all the same, rolled back.

The registry is read and moved by processes of their own, so that the steps take seconds; they are done once.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from client import serving_client
from deskpages import parsed, signed_in, words
from fastapi.testclient import TestClient
from msgspec.structs import replace
from surfer import Surfer

from serving.settings import Settings
from serving.signin.settings import SignInSettings
from training.registry.champion import make_champion
from training.registry.moves import moved
from training.registry.place import Registry
from training.registry.runs import Run, register
from training.registry.versions import Version
from training.scorecard import History, Scorecard, load

pytestmark = pytest.mark.slow
PATIENCE = 120.0
REASON = "the board wants it <script>alert(1)</script>"
HISTORY = History(leads=500, converted=100, trained_at="2026-10-01T00:00:00Z", data_fingerprint="sha256:0")


class Step(NamedTuple):
    """A page after a step, and which version served then."""

    page: BeautifulSoup
    serves: str

    def told(self, part: str) -> str:
        return words(self.page.find(id=part))


class Story(NamedTuple):
    """What was seen on the way."""

    service: TestClient
    home: Path
    first: BeautifulSoup
    begun: Step
    refused: Step
    promoted: Step
    back: Step
    again: Step


def version_of(registry: Registry, card: Scorecard, off: float) -> Version:
    """A version whose probabilities on 600 leads are off by so much."""
    random = np.random.default_rng(7)
    p = random.uniform(0.05, 0.45, 600)
    when = pd.to_datetime(np.arange(600), unit="D", utc=True)
    table = {"lead_id": [f"L-{i}" for i in range(600)], "when": when, "converted": (random.random(600) < p).astype(int)}
    predictions = pd.DataFrame(table | {"blend": p + off})
    example = pd.DataFrame({"industry": ["software"]})
    run = Run(card, {}, {"blend.auc": 0.7}, {}, {}, example, "test", tested=card, predictions=predictions)
    return register(registry, run)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, rules_card: Scorecard) -> Iterator[Story]:
    home = tmp_path_factory.mktemp("promoting") / "home"
    registry, card = Registry.embedded(home), replace(rules_card, name="madeup", history=HISTORY)
    home.mkdir()
    make_champion(registry, version_of(registry, card, 0.0), home, moved("first", "1", reason="the first"))
    version_of(registry, replace(card, scale_a=card.scale_a + 1.0), 0.4)
    settings = Settings(home=home, reload_seconds=0.0, jobs=False, signin=SignInSettings(asked=True))
    with ExitStack() as ends:
        service = ends.enter_context(serving_client(settings))
        admin = signed_in(service, "admin")
        csrf = {"csrf": admin.fields("/account", "/signout")["csrf"]}
        first = parsed(admin.get("/model").text)
        begun = waited(service, admin)
        admin.post("/model/promote", csrf | {"version": "2"})
        refused = waited(service, admin)
        admin.post("/model/promote", csrf | {"version": "2", "override": "yes", "reason": REASON})
        promoted = waited(service, admin)
        fields = admin.fields("/model", "/model/roll-back") | {"reason": "it was a mistake"}
        admin.post("/model/roll-back", fields)
        back = waited(service, admin)
        admin.post("/model/roll-back", fields)
        yield Story(service, home, first, begun, refused, promoted, back, waited(service, admin))


def waited(service: TestClient, admin: Surfer) -> Step:
    """The page once nothing is under way any more."""
    until = time.monotonic() + PATIENCE
    while admin.get("/model/state").json()["waiting"]:
        assert time.monotonic() < until
        time.sleep(0.2)
    page = parsed(admin.get("/model").text)
    return Step(page, service.get("/v1/model").json()["model_version"])


def test_the_page_does_not_wait_for_the_registry(story: Story) -> None:
    assert "The registry is being read." in words(story.first)
    assert "There is no registry here" not in words(story.first)


def test_the_challenger_stands_beside_the_champion_before_anything_is_decided(story: Story) -> None:
    assert "Version 2 against version 1" in story.begun.told("decide")
    assert "The evidence is against version 2." in story.begun.told("decide")
    assert story.begun.serves == "1"
    assert len(story.begun.page.select("#calibration circle")) == 10  # groups


def test_a_challenger_that_is_worse_is_refused_with_why(story: Story) -> None:
    told = story.refused.told("decide")
    assert "Not promoted: version 1 stays the champion." in told
    assert "On the same 600 leads" in told
    assert "the challenger is" in told
    assert story.refused.serves == "1"
    assert "refused" in story.refused.told("versions")


def test_an_admin_may_promote_it_against_the_evidence_and_it_serves(story: Story) -> None:
    assert "Promoted against the evidence: version 2 is the champion" in story.promoted.told("decide")
    assert REASON in story.promoted.told("versions")
    assert story.promoted.page.find("script", string=True) is None
    assert story.promoted.serves == "2"


def test_a_rollback_brings_back_the_champion_before(story: Story) -> None:
    assert "Rolled back: version 1 is the champion, in place of version 2." in story.back.told("decide")
    assert "rolled back from version 2 to 1 Kim the admin it was a mistake" in story.back.told("versions")
    assert story.back.serves == load(story.home / "scorecard.json").model_version == "1"


def test_a_rollback_that_is_sent_twice_goes_back_once(story: Story) -> None:
    assert "version 1 is the champion by now" in story.again.told("decide")
    assert story.again.serves == "1"


def test_the_audit_says_who_asked_and_what_came_of_it(story: Story) -> None:
    entries = story.service.get("/v1/audit", params={"about": "leads"}).json()["entries"]
    acts = [(entry["act"], entry["detail"].get("moved")) for entry in entries]
    assert acts == [
        ("model.rollback", None),
        ("model.rollback_asked", None),
        ("model.rollback", True),
        ("model.rollback_asked", None),
        ("model.promotion", True),
        ("model.promotion_asked", None),
        ("model.promotion", False),
        ("model.promotion_asked", None),
    ]
    (by,) = {entry["by"] for entry in entries}
    assert by.partition(":")[0] not in ("system", "cli")


def test_the_registry_keeps_who_decided(story: Story) -> None:
    rows = [words(row) for row in story.back.page.select("#versions table")[1].select("tbody tr")]
    assert ["Kim the admin" in row for row in rows] == [True, True, False]
