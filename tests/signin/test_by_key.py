"""Signing in by a key: which key opens what, for how long, and what a browser holds."""

import pytest
from browsing import Surfer, key_for
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        (("read", "act"), "Sales rep"),
        (("read", "act", "score", "ingest"), "Sales rep"),
        (("manage",), "Manager"),
        (("admin",), "Administrator"),
    ],
)
def test_the_scopes_of_a_key_give_the_role(
    asked: TestClient, browser: Surfer, scopes: tuple[str, ...], role: str
) -> None:
    answer = browser.sign_in(key_for(asked, *scopes)["key"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = browser.get("/account").text
    assert role in page
    assert "Kim" in page


@pytest.mark.parametrize("scopes", [("score",), ("ingest",), ("read",), ("act",), ("score", "ingest", "read")])
def test_a_key_for_programs_opens_no_page(asked: TestClient, browser: Surfer, scopes: tuple[str, ...]) -> None:
    answer = browser.sign_in(key_for(asked, *scopes)["key"])
    assert answer.status_code == 403
    assert "you have no role here" in answer.text
    assert browser.get("/account").status_code == 303
