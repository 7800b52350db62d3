"""The page of the model: what runs, what its registry said last, and who may decide."""

import os
from pathlib import Path

import msgspec
import pytest
from deskpages import Serve, parsed, signed_in, words
from fastapi.testclient import TestClient
from msgspec.structs import replace
from pages import faults
from surfer import Surfer

from features.moments import now
from serving.versions.kept import keep_decision, keep_read
from serving.versions.shapes import (
    DECIDING,
    Decision,
    Evidence,
    Fault,
    Group,
    Move,
    Order,
    Result,
    Said,
    Side,
    Snapshot,
    Span,
    Verdict,
    Version,
)
from training.registry.lock import alone
from training.scorecard import Scorecard

HOSTILE = "<script>alert(1)</script>"
SIDE = Side(version="1", log_loss=0.3, auc=0.8, bias=Span(0.01, -0.01, 0.03), calibration_error=Span(0.02, 0.0, 0.03))
EVIDENCE = Evidence(
    champion=SIDE,
    challenger=msgspec.structs.replace(SIDE, version="2", log_loss=0.31),
    leads=400,
    converted=80,
    as_registered=12,
    difference=Span(0.01, 0.005, 0.015),
)
REFUSED = Verdict(outcome="refuse", why=f"the challenger is worse {HOSTILE}", evidence=EVIDENCE)
GROUPS = (
    Group(predicted=0.1, observed=0.12, low=0.05, high=0.2, leads=200),
    Group(predicted=0.4, observed=0.35, low=0.3, high=0.5, leads=200),
)


def kept(home: Path, **more: object) -> None:
    """The registry as it was read a moment ago; nothing was written to it since."""
    versions = (
        Version(version="2", made_at=now(), aliases=("challenger",), metrics={"auc": 0.79, "weight_of_history": 0.5}),
        Version(version="1", made_at=now(), aliases=("champion",), metrics={"weight_of_history": 0.6}, groups=GROUPS),
    )
    moves = (Move(at="2026-10-01T00:00:00Z", what="first", version="1", by="Ada", reason=HOSTILE),)
    said = {"read_at": now(), "name": "madeup", "where": "sqlite:///x", "champion": "1", "challenger": "2"}
    said |= {"versions": versions, "moves": moves, "preview": REFUSED}
    home.mkdir(parents=True, exist_ok=True)
    (home / "mlflow.db").touch()
    os.utime(home / "mlflow.db", (1, 1))
    keep_read(home, Said(snapshot=Snapshot(**said | more)), now())  # type: ignore[arg-type]


def page(surfer: Surfer, language: str = "en", path: str = "/model") -> str:
    answer = surfer.get(path, accept_language=language)
    assert answer.status_code == 200, answer.text
    assert faults(answer.text) == []
    return answer.text


@pytest.fixture
def trained(serve: Serve, card: Scorecard) -> TestClient:
    return serve(replace(card, model_version="1"))


def test_without_history_it_says_what_serves_and_how_to_get_more(service: TestClient) -> None:
    told = words(parsed(page(signed_in(service, "admin"))))
    assert "Agreed points alone" in told
    assert "0% history, 100% agreement" in told
    assert "There is no registry here" in told
    assert "leadscore train" in told


def test_it_says_what_runs_and_how_good_it_was(trained: TestClient, card: Scorecard) -> None:
    told = words(parsed(page(signed_in(trained, "rep"))))
    assert card.history is not None
    assert f"{card.history.leads:,} leads, of which {card.history.converted:,} converted" in told
    assert f"in {card.history.metrics['auc']:.0%} of cases" in told
    assert f"{card.weight_of_history:.0%} history" in told


def test_versions_stand_with_their_evidence(trained: TestClient, home: Path) -> None:
    kept(home)
    html = parsed(page(signed_in(trained, "admin")))
    assert [words(row.th) for row in html.select("#versions table")[0].select("tbody tr")] == ["2", "1"]
    told = words(html.find(id="decide"))
    assert "The evidence is against version 2." in told
    assert "On the same 400 leads, which neither has learned from (80 converted)." in told
    assert "12 of them came after both were trained." in told
    assert "+0.0100 (+0.0050 to +0.0150)" in told


def test_predicted_and_observed_shares_are_drawn_and_told(trained: TestClient, home: Path) -> None:
    kept(home)
    html = parsed(page(signed_in(trained, "rep"))).find(id="calibration")
    rows = [words(row) for row in html.select("tbody tr")]  # type: ignore[union-attr]
    assert rows == ["10.0% 12.0% 5% to 20% 200", "40.0% 35.0% 30% to 50% 200"]
    assert len(html.select("svg circle")) == len(GROUPS)  # type: ignore[union-attr]
    assert html.svg["aria-label"] == "Predicted against observed share for 2 groups"  # type: ignore[union-attr,index]


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Die Befunde sprechen gegen Version 2."), ("zh", "证据不支持版本 2。")]
)
def test_it_speaks_the_readers_language(trained: TestClient, home: Path, language: str, said: str) -> None:
    kept(home)
    assert said in words(parsed(page(signed_in(trained, "admin"), language)))


def test_only_an_admin_is_offered_a_decision(trained: TestClient, home: Path) -> None:
    kept(home, back_to="0")
    for role, offered in (("rep", []), ("manager", []), ("admin", ["/model/promote", "/model/roll-back"])):
        html = parsed(page(signed_in(trained, role)))
        forms = [str(form["action"]).partition("?")[0] for form in html.select("#decide form")]
        assert forms == offered, role


@pytest.mark.parametrize("what", ["promote", "roll-back"])
@pytest.mark.parametrize("role", ["rep", "manager"])
def test_nobody_else_decides(trained: TestClient, home: Path, role: str, what: str) -> None:
    kept(home)
    surfer = signed_in(trained, role)
    csrf = {"csrf": surfer.fields("/account", "/signout")["csrf"]}
    assert surfer.post(f"/model/{what}", csrf | {"version": "2", "reason": "mine"}).status_code == 403
    assert not (home / "decision.json").exists()


def test_a_decision_waits_until_the_one_before_is_done(trained: TestClient, home: Path) -> None:
    kept(home)
    under_way = Decision(order=Order(home=str(home), work="promote", version="2", by="Ada"), begun_at=now())
    keep_decision(home, under_way)
    admin = signed_in(trained, "admin")
    html = parsed(page(admin))
    assert "Version 2 is being decided on, as Ada asked" in words(html)
    assert html.select("#decide form") == []
    assert html.select_one("[data-state]") is not None
    csrf = {"csrf": admin.fields("/account", "/signout")["csrf"]}
    answer = admin.post("/model/promote", csrf | {"version": "2"})
    assert answer.headers["location"] == "/model?program=leads&done=busy"
    assert "Another decision is under way" in page(admin, path=answer.headers["location"])


def test_a_decision_that_nobody_ended_is_not_waited_for(trained: TestClient, home: Path) -> None:
    kept(home)
    long_ago = now() - 3 * 60 * 1_000_000  # no process holds the lock
    keep_decision(home, Decision(order=Order(home=str(home), work="promote", version="2", by="Ada"), begun_at=long_ago))
    html = parsed(page(signed_in(trained, "admin")))
    assert "the service ended before it was done" in words(html.find(id="decide"))
    assert html.select("#decide form") != []


def test_a_decision_is_waited_for_as_long_as_its_process_lives(trained: TestClient, home: Path) -> None:
    kept(home)
    long_ago = now() - 3 * 60 * 1_000_000
    keep_decision(home, Decision(order=Order(home=str(home), work="promote", version="2", by="Ada"), begun_at=long_ago))
    admin = signed_in(trained, "admin")
    with alone(home, DECIDING):
        assert admin.get("/model/state").json() == {"waiting": True}
    assert admin.get("/model/state").json() == {"waiting": False}


def test_a_refusal_is_shown_with_why(trained: TestClient, home: Path) -> None:
    kept(home)
    said = Said(result=Result(champion="1", before="1", verdict=REFUSED))
    order = Order(home=str(home), work="promote", version="2", by=HOSTILE, reason=HOSTILE)
    keep_decision(home, Decision(order=order, begun_at=now(), ended_at=now(), said=said))
    told = words(parsed(page(signed_in(trained, "admin"))).find(id="decide"))
    assert "Not promoted: version 1 stays the champion." in told
    assert f"the challenger is worse {HOSTILE}" in told
    assert f"by {HOSTILE}" in told


def test_a_registry_that_cannot_be_read_is_told_beside_what_was_read_before(trained: TestClient, home: Path) -> None:
    kept(home)
    keep_read(home, Said(fault=Fault(what="MLflow refused", got="no such table", do="check the server")), now())
    told = words(parsed(page(signed_in(trained, "rep"))).find(id="versions"))
    assert "The registry could not be read MLflow refused What came: no such table What to do: check the server" in told
    assert "challenger" in told


def test_a_version_must_be_a_number(trained: TestClient, home: Path) -> None:
    kept(home)
    admin = signed_in(trained, "admin")
    csrf = {"csrf": admin.fields("/account", "/signout")["csrf"]}
    assert admin.post("/model/promote", csrf | {"version": "champion; drop"}).status_code == 422


DRIFT = {
    "version": "1",
    "leads": 1_000,
    "since": "2026-08-01",
    "until": "2026-10-01",
    "facts": [{"label": f"industry {HOSTILE}", "shift": -2.5, "moved": 3.0, "surely": True, "matters": True}],
    "score": {"before": 20.0, "after": 17.5, "matters": False},
    "level": {"leads": 800, "converted": [0.1, 0.08, 0.12], "expected": 0.15, "matters": True},
    "calibration": [],
    "matters": True,
}


def test_the_last_drift_report_is_shown(trained: TestClient, home: Path) -> None:
    (home / "drift.json").write_bytes(msgspec.json.encode(DRIFT))
    told = words(parsed(page(signed_in(trained, "rep"))).find(id="drift"))
    assert "on version 1: 1,000 recent leads" in told
    assert "20.0 to 17.5" in told
    assert "10.0%, expected 15.0%" in told
    assert f"industry {HOSTILE} −2.5 matters" in told


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"], ids=str)
def test_files_of_the_home_that_are_damaged_are_passed_over(trained: TestClient, home: Path, content: bytes) -> None:
    for name in ("drift.json", "decision.json"):
        (home / name).write_bytes(content)
    assert "No report is at hand" in page(signed_in(trained, "rep"))


def test_the_page_names_the_command_that_makes_the_report(trained: TestClient, home: Path) -> None:
    assert f"--json {home}/drift.json" in page(signed_in(trained, "rep"))
