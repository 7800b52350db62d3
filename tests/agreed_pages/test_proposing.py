"""A proposed version on the pages: sent, refused with its line, compared, signed, adopted."""

from typing import Any

import pytest
from deskpages import MADEUP, As, Serve, parsed, signed_in, words
from fastapi.testclient import TestClient
from msgspec.structs import replace
from surfer import Surfer, identified

from features.agreement import Agreement
from features.loading import agreement_from_text
from training.scorecard import Scorecard

TEXT = (MADEUP / "agreement.yaml").read_text("utf-8")
LATER = TEXT.replace('version: "2026-10"', 'version: "2026-11"').replace("threshold: 40", "threshold: 30")
HASH = agreement_from_text(LATER).content_hash()
VERSION = f"/agreement/versions/{HASH}"


def propose(surfer: Surfer, text: str = LATER, **more: str) -> Any:
    fields = surfer.fields("/agreement/propose")
    return surfer.post("/agreement/propose", fields | {"text": text} | more)


def act(surfer: Surfer, what: str, **fields: str) -> Any:
    return surfer.post(f"{VERSION}/{what}", surfer.fields(VERSION, f"{VERSION}/{what}") | fields)


def stored(service: TestClient) -> list[str]:
    found = service.get("/v1/agreements").json()["agreements"]
    return [one["version"] for one in found]


def a_lead_of_33_points(service: TestClient) -> None:
    """10 director + 6 IT + 14 size + 3 address: a Lead by the agreement in force."""
    identified(service, "L-1", job_title="Head of IT", employees=320.0)


def told(surfer: Surfer, path: str = VERSION, language: str = "en") -> str:
    answer = surfer.get(path, accept_language=language)
    assert answer.status_code == 200, answer.text
    return words(parsed(answer.text))


def test_a_broken_text_is_refused_with_its_line_and_kept_in_the_form(service: TestClient, manager: Surfer) -> None:
    broken = LATER.replace("threshold: 30", "treshold: 44")
    line = 1 + LATER[: LATER.index("threshold: 30")].count("\n")
    answer = propose(manager, broken)
    html = parsed(answer.text)
    assert answer.status_code == 422
    fault = words(html.find(id="fault"))
    assert f"line {line}" in fault
    assert "did you mean 'threshold'?" in fault
    assert html.find("textarea").get_text().strip() == broken.strip()  # type: ignore[union-attr]
    assert stored(service) == ["2026-10"]


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "the file holds no YAML mapping"), ("a: [", "not valid YAML"), (TEXT, "is the adopted agreement already")],
)
def test_what_is_no_other_agreement_is_refused(service: TestClient, manager: Surfer, text: str, what: str) -> None:
    answer = propose(manager, text)
    assert (answer.status_code, what in answer.text) == (422, True)
    assert stored(service) == ["2026-10"]


def test_the_form_begins_with_the_text_in_force(manager: Surfer) -> None:
    area = parsed(manager.get("/agreement/propose").text).find("textarea")
    assert agreement_from_text(area.get_text()) == agreement_from_text(TEXT)  # type: ignore[union-attr]


def test_a_file_is_taken_before_the_text(service: TestClient, manager: Surfer) -> None:
    fields = manager.fields("/agreement/propose") | {"text": TEXT}
    answer = manager.web.post("/agreement/propose", data=fields, files={"file": ("later.yaml", LATER.encode())})
    assert answer.headers["location"].startswith(VERSION)
    assert stored(service) == ["2026-11", "2026-10"]


def test_a_file_that_is_no_text_is_refused_and_the_text_is_kept(manager: Surfer) -> None:
    fields = manager.fields("/agreement/propose") | {"text": "version: mine"}
    answer = manager.web.post("/agreement/propose", data=fields, files={"file": ("x.yaml", b"a: 1\n\xff\xfe")})
    assert answer.status_code == 422
    assert "line 2" in words(parsed(answer.text).find(id="fault"))
    assert "version: mine" in answer.text


def test_a_version_is_compared_and_its_effect_is_told(service: TestClient, manager: Surfer) -> None:
    a_lead_of_33_points(service)
    propose(manager)
    said = told(manager)
    assert "40 points or more" in said
    assert "30 points or more" in said
    assert "1 lead would leave Lead" in said
    assert "1 lead would become MQL" in said
    assert "MQL now needs 30 points instead of 40" in said


@pytest.mark.parametrize(
    ("language", "effect", "change"),
    [("de", "1 Lead würde MQL", "ab 30 Punkten"), ("zh", "1 条线索将进入 MQL", "评分 30 分及以上")],
)
def test_the_comparison_is_in_the_readers_language(
    service: TestClient, manager: Surfer, language: str, effect: str, change: str
) -> None:
    a_lead_of_33_points(service)
    propose(manager)
    said = told(manager, language=language)
    assert effect in said
    assert change in said


def test_an_adopted_version_serves_and_the_audit_says_who(service: TestClient, manager: Surfer) -> None:
    propose(manager)
    answer = act(manager, "adopt")
    assert answer.headers["location"] == "/agreement?program=leads&done=adopted"
    assert service.get("/v1/agreement").json()["version"] == "2026-11"
    said = told(manager, "/agreement")
    assert "Version 2026-11" in said
    assert "adopted by Kim the manager" in said
    acts = service.get("/v1/audit", params={"about": HASH}).json()["entries"]
    assert [entry["act"] for entry in acts] == ["agreement.adopted", "agreement.proposed"]
    assert len({entry["by"] for entry in acts}) == 1


def test_the_version_before_is_listed_with_the_earlier_ones(manager: Surfer) -> None:
    propose(manager)
    act(manager, "adopt")
    assert "2026-10" in words(parsed(manager.get("/agreement").text).find(id="past"))


def test_what_was_shown_against_another_agreement_has_to_be_shown_again(manager: Surfer) -> None:
    propose(manager)
    another = LATER.replace("2026-11", "2026-12").replace("threshold: 30", "threshold: 31")
    propose(manager, another)
    act(manager, "adopt")
    path = f"/agreement/versions/{agreement_from_text(another).content_hash()}"
    assert "Another version was adopted since" in told(manager, path)
    assert f'action="{path}/adopt' not in manager.get(path).text
    manager.post(f"{path}/propose", manager.fields(path, f"{path}/propose"))
    assert f'action="{path}/adopt' in manager.get(path).text


def test_leads_of_a_stage_that_goes_are_asked_for_before_it_is_adopted(service: TestClient, manager: Surfer) -> None:
    """``Lead`` becomes ``Contact``; one with 10 points for software, 3 for the address and 6 for IT stands in it."""
    identified(service, "L-1", industry="software", job_title="IT")
    renamed = TEXT.replace("stage: Lead", "stage: Contact").replace("recycle_to: Lead", "recycle_to: Contact")
    renamed = renamed.replace('"2026-10"', '"2026-11"')
    path = f"/agreement/versions/{agreement_from_text(renamed).content_hash()}"
    assert propose(manager, renamed).status_code == 303
    assert "Where do the leads go?" in told(manager, path)
    assert f'action="{path}/adopt' not in manager.get(path).text
    manager.post(f"{path}/propose", manager.fields(path, f"{path}/propose") | {"move Lead": "Contact"})
    manager.post(f"{path}/adopt", manager.fields(path, f"{path}/adopt"))
    assert service.get("/v1/agreement").json()["version"] == "2026-11"


def test_signing_twice_is_one_signature(service: TestClient, manager: Surfer) -> None:
    propose(manager)
    fields = manager.fields(VERSION, f"{VERSION}/sign")
    answers = [manager.post(f"{VERSION}/sign", fields | {"role": role}) for role in ("Head of Sales", "Somebody else")]
    assert [answer.headers["location"].rpartition("=")[2] for answer in answers] == ["signed", "signed_before"]
    said = told(manager)
    assert said.count("Kim the manager Head of Sales") == 1
    assert "Somebody else" not in said
    acts = [entry["act"] for entry in service.get("/v1/audit", params={"about": HASH}).json()["entries"]]
    assert acts.count("agreement.signed") == 1


def test_signatures_stay_with_a_version_that_is_adopted(manager: Surfer) -> None:
    propose(manager)
    act(manager, "sign", role="Head of Sales")
    act(manager, "adopt")
    assert "Kim the manager Head of Sales" in told(manager, "/agreement")


def test_nobody_signs_without_saying_for_whom(manager: Surfer) -> None:
    propose(manager)
    assert act(manager, "sign", role=" ").status_code == 422
    assert "Nobody has signed this version here yet." in told(manager)


def test_a_version_of_the_past_is_not_signed(manager: Surfer) -> None:
    propose(manager)
    past = manager.fields("/agreement", "/agreement/versions/")
    action = parsed(manager.get("/agreement").text).find("form")["action"]  # type: ignore[index]
    act(manager, "adopt")
    assert manager.post(str(action), past | {"role": "Head of Sales"}).status_code == 409


@pytest.mark.parametrize("what", ["sign", "adopt", "propose"])
def test_a_rep_sees_a_version_and_decides_nothing(as_role: As, manager: Surfer, what: str) -> None:
    propose(manager)
    rep = as_role("rep")
    assert parsed(rep.get(VERSION).text).select("main form, main button") == []
    csrf = {"csrf": rep.fields("/account", "/signout")["csrf"]}
    assert rep.post(f"{VERSION}/{what}", csrf | {"role": "Head of Sales"}).status_code == 403
    assert rep.post("/agreement/propose", csrf | {"text": LATER}).status_code == 403
    assert rep.get("/agreement/propose").status_code == 403


@pytest.mark.parametrize("what", ["sign", "adopt", "propose"])
def test_a_form_of_others_decides_nothing(service: TestClient, manager: Surfer, what: str) -> None:
    propose(manager)
    assert manager.post(f"{VERSION}/{what}", {"csrf": "x", "role": "Head of Sales"}).status_code == 403
    assert service.get("/v1/agreement").json()["version"] == "2026-10"


def test_an_unknown_version_is_told_as_a_page(manager: Surfer) -> None:
    answer = manager.get(f"/agreement/versions/sha256:{'0' * 64}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_carried_history_stays_beside_the_new_rules(serve: Serve, card: Scorecard, agreement: Agreement) -> None:
    """The review goes on with what is carried under the agreement that was adopted."""
    service = serve(replace(card, model_version="1"))
    manager = signed_in(service, "manager")
    propose(manager)
    act(manager, "adopt")
    assert parsed(manager.get("/agreement").text).select("table.worth") != []
    assert service.get("/v1/model").json()["model_version"] == "1+2026-11"
