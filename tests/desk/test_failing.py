"""What people read where a page cannot be shown: in their language, and what to do about it."""

import pytest
from bs4 import BeautifulSoup
from desk import Desk
from fastapi.testclient import TestClient

from serving.store.database import StoreUnavailable

WAYS = [
    ("/crm/leads/nobody", 404, "Diesen Lead gibt es nicht"),
    ("/dashboard?program=none", 404, "Dieses Programm gibt es nicht"),
    (f"/agreement/versions/sha256:{'0' * 64}", 404, "Diese Version der Vereinbarung gibt es nicht"),
    ("/agreement?program=none", 422, "Die Adresse dieser Seite stimmt nicht"),
    (f"/?cursor={'x' * 1_001}", 422, "Die Adresse dieser Seite stimmt nicht"),
]


def told(browser: TestClient, address: str) -> tuple[int, str]:
    """The status, and what a reader of German is told."""
    answer = browser.get(address, headers={"Accept-Language": "de"})
    notice = BeautifulSoup(answer.text, "html.parser").select_one(".notice.bad")
    assert notice is not None, answer.text
    return answer.status_code, notice.text


@pytest.mark.parametrize(("address", "status", "says"), WAYS, ids=[says for _, _, says in WAYS])
def test_what_is_not_there_is_said_in_the_readers_language(
    browser: TestClient, address: str, status: int, says: str
) -> None:
    found, text = told(browser, address)
    assert (found, says in text) == (status, True)
    assert "Was zu tun ist" in text
    assert "/v1/" not in text
    assert "openapi" not in text


@pytest.mark.parametrize("address", ["/", "/dashboard?period=7d", "/agreement", "/crm/leads/kim"])
def test_a_database_that_is_gone_is_said_in_the_readers_language(
    desk: Desk, browser: TestClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise StoreUnavailable("unable to open database file")

    monkeypatch.setattr(desk.store, "read", gone)
    found, text = told(browser, address)
    assert (found, "Die Datenbank antwortet gerade nicht" in text) == (503, True)
