"""Signing in by a key: which key opens what, and what a browser holds."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from surfer import Surfer, key_for

from serving.access.keys import new_text
from serving.signin.settings import SignInSettings

Serve = Callable[..., TestClient]


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
    asked: TestClient, surfer: Surfer, scopes: tuple[str, ...], role: str
) -> None:
    answer = surfer.sign_in(key_for(asked, *scopes)["key"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = surfer.get("/account").text
    assert role in page
    assert "Kim" in page


@pytest.mark.parametrize("scopes", [("score",), ("ingest",), ("read",), ("act",), ("score", "ingest", "read")])
def test_a_key_for_programs_opens_no_page(asked: TestClient, surfer: Surfer, scopes: tuple[str, ...]) -> None:
    answer = surfer.sign_in(key_for(asked, *scopes)["key"])
    assert answer.status_code == 403
    assert "you have no role here" in answer.text
    assert surfer.get("/account").status_code == 303


def test_a_role_of_the_api_reaches_no_further_than_its_scopes(asked: TestClient) -> None:
    """Who signs in as a manager gets no right in the API that the key has not."""
    key = {"Authorization": f"Bearer {key_for(asked, 'manage')['key']}"}
    assert asked.get("/v1/leads", headers=key).status_code == 200
    assert asked.get("/v1/keys", headers=key).status_code == 403


TEXTS = {
    "nothing": "",
    "prefix": "lsk_",
    "unknown": new_text(),
    "word": "opensesame",
    "other letters": "schlüssel",
    "long": "x" * 5_000,
    "NUL": "lsk_\0",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_no_key_opens_nothing_and_is_not_repeated(surfer: Surfer, text: str) -> None:
    answer = surfer.sign_in(text)
    assert answer.status_code == 403
    assert "unknown, revoked or expired" in answer.text
    assert len(text) < 5 or text not in answer.text
    assert [name for name in surfer.held() if "session" in name] == []


def test_a_revoked_key_and_an_expired_one_are_told_alike(asked: TestClient, surfer: Surfer) -> None:
    key = key_for(asked, "admin")
    assert asked.delete(f"/v1/keys/{key['key_id']}").status_code == 200
    revoked = surfer.sign_in(key["key"])
    assert (revoked.status_code, "unknown, revoked or expired" in revoked.text) == (403, True)


def test_what_a_browser_held_before_it_holds_no_more(asked: TestClient, surfer: Surfer) -> None:
    """Nobody can give somebody a session to sign in with (session fixation)."""
    surfer.web.cookies.set("leadscore_session", "x" * 43, domain="127.0.0.1", path="/")
    surfer.get("/signin")
    before = surfer.held()
    surfer.sign_in(key_for(asked, "read", "act")["key"])
    after = surfer.held()
    assert before.keys() == {"leadscore_session", "leadscore_visit"}
    assert after.keys() == {"leadscore_session"}
    assert after["leadscore_session"] not in before.values()


def test_signing_in_again_ends_the_session_before(asked: TestClient, surfer: Surfer) -> None:
    key = key_for(asked, "read", "act")["key"]
    surfer.sign_in(key)
    first = surfer.held()["leadscore_session"]
    surfer.sign_in(key)
    other = Surfer(asked)
    other.web.cookies.set("leadscore_session", first, domain="127.0.0.1", path="/")
    assert other.get("/account").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(asked: TestClient, surfer: Surfer) -> None:
    cookie = surfer.sign_in(key_for(asked, "read", "act")["key"]).headers.get_list("set-cookie")[0]
    name, *parts = [part.strip().lower() for part in cookie.split(";")]
    assert name.startswith("leadscore_session=")
    assert {"httponly", "samesite=lax", "path=/", f"max-age={12 * 3600}"} == {p for p in parts if "expires" not in p}


def test_over_https_no_other_host_can_set_the_cookie(asked: TestClient) -> None:
    surfer = Surfer(asked, "https://127.0.0.1:8000")
    cookie = surfer.sign_in(key_for(asked, "read", "act")["key"]).headers.get_list("set-cookie")[0]
    assert cookie.startswith("__Host-leadscore_session=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert surfer.get("/account").status_code == 200
    surfer.web.cookies.set("leadscore_session", surfer.held()["__Host-leadscore_session"], domain="127.0.0.1", path="/")
    del surfer.web.cookies["__Host-leadscore_session"]
    assert surfer.get("/account").status_code == 303


def test_the_store_holds_no_cookie(asked: TestClient, surfer: Surfer) -> None:
    surfer.sign_in(key_for(asked, "read", "act")["key"])
    store = asked.app.state.signin.store  # type: ignore[attr-defined]
    rows = store.read(lambda c: c.exec_driver_sql("SELECT * FROM sessions").all())
    assert rows
    assert surfer.held()["leadscore_session"] not in str(rows)


def test_only_so_many_attempts_are_let_through_from_one_address(serve: Serve) -> None:
    client = serve(signin=SignInSettings(asked=True, attempts=3))
    surfer = Surfer(client)
    codes = [surfer.sign_in("lsk_wrong").status_code for _ in range(4)]
    assert codes == [403, 403, 403, 429]
    last = surfer.sign_in(key_for(client, "admin")["key"])
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 20  # three a minute


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "/\n/evil.example",
        " //evil.example",
        "///evil.example",
        "http:evil.example",
        "",
        "x",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(asked: TestClient, surfer: Surfer, wanted: str) -> None:
    answer = surfer.sign_in(key_for(asked, "read", "act")["key"], wanted)
    assert answer.headers["location"] == "/"


def test_whoever_wanted_a_page_comes_there_after_signing_in(asked: TestClient, surfer: Surfer) -> None:
    sent = surfer.get("/account?a=b&c=d%2Fe")
    assert (sent.status_code, sent.headers["location"]) == (303, "/signin?next=/account%3Fa%3Db%26c%3Dd%252Fe")
    fields = surfer.fields(sent.headers["location"], "/signin")
    answer = surfer.post("/signin", fields | {"key": key_for(asked, "read", "act")["key"]})
    assert answer.headers["location"] == "/account?a=b&c=d%2Fe"


def test_where_nobody_signs_in_the_page_for_it_leads_on(serve: Serve) -> None:
    surfer = Surfer(serve())
    answer = surfer.get("/signin?next=/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Whoever sits here may do everything" in surfer.get("/account").text


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_the_pages_speak_every_language(asked: TestClient, surfer: Surfer, language: str) -> None:
    page = surfer.get(f"/signin?language={language}").text
    assert f'<html lang="{language}">' in page
    assert {"en": "Sign in", "de": "Anmelden", "zh": "登录"}[language] in page
