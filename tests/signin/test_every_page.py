"""Every page and form, those of later too: nobody without the right, no form of others, nothing that runs."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from pages import FREE, Way, faults, no_pages, ways
from surfer import Surfer, identified, key_for, link_to

Serve = Callable[..., TestClient]
NO_PAGES = ("/v1/", "/static/", "/openapi", "/swagger", "/healthz", "/readyz", "/metrics")


@pytest.fixture(scope="module")
def every(asked: TestClient) -> list[Way]:
    return ways(asked.app)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def admin(asked: TestClient) -> Surfer:
    surfer = Surfer(asked)
    surfer.sign_in(key_for(asked, "admin")["key"])
    return surfer


@pytest.fixture(scope="module")
def csrf(admin: Surfer) -> str:
    return admin.fields("/account", "/signout")["csrf"]


def acts(service: TestClient) -> int:
    return len(service.get("/v1/audit", params={"limit": 1_000}).json()["entries"])


def test_there_are_pages_and_forms_to_look_at(every: list[Way]) -> None:
    assert {"GET", "POST"} <= {way.method for way in every}
    assert {"/account", "/signout", "/crm/leads/{lead_id:lead}"} <= {way.path for way in every}


def test_whatever_is_no_page_is_of_the_api_and_asks_for_a_key_or_holds_nothing(asked: TestClient) -> None:
    others = no_pages(asked.app)  # type: ignore[arg-type]
    assert [path for path in others if not path.startswith(NO_PAGES) and path != "/"] == []


def test_no_page_is_shown_to_who_has_not_signed_in(asked: TestClient, every: list[Way], lead: str) -> None:
    for way in every:
        answer = Surfer(asked).web.request(way.method, way.of(lead))
        to = answer.headers.get("location", "")
        refused = answer.status_code == 303 and to.startswith("/signin?next=") if way.method == "GET" else False
        assert refused or answer.status_code == 401, way
        assert lead not in answer.text, way


def test_a_key_in_a_header_opens_no_page(asked: TestClient, every: list[Way], lead: str) -> None:
    """Pages know people by sessions; a program that has a key has the API."""
    surfer = Surfer(asked)
    surfer.web.headers["Authorization"] = asked.headers["Authorization"]
    for way in every:
        answer = surfer.web.request(way.method, way.of(lead))
        assert answer.status_code in (303, 401), way


@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": "0" * 64}], ids=str)
def test_no_form_is_taken_without_its_token(
    asked: TestClient, admin: Surfer, every: list[Way], lead: str, sent: dict[str, str]
) -> None:
    before = acts(asked)
    for way in every:
        if way.method != "GET":
            assert admin.web.request(way.method, way.of(lead), data=sent).status_code == 403, way
    assert acts(asked) == before


FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9000"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_form_is_taken_from_another_site_even_with_its_token(
    asked: TestClient, admin: Surfer, every: list[Way], lead: str, csrf: str, headers: dict[str, str]
) -> None:
    before = acts(asked)
    for way in every:
        if way.method != "GET":
            answer = admin.web.request(way.method, way.of(lead), data={"csrf": csrf}, headers=headers)
            assert answer.status_code == 403, way
    assert acts(asked) == before


def test_the_token_of_one_session_does_not_serve_another(asked: TestClient, csrf: str) -> None:
    other = Surfer(asked)
    other.sign_in(key_for(asked, "admin")["key"])
    assert other.post("/signout", {"csrf": csrf}).status_code == 403


def test_a_rep_gets_a_page_or_is_told_why_not(asked: TestClient, every: list[Way], lead: str) -> None:
    rep = Surfer(asked)
    rep.sign_in(key_for(asked, "read", "act")["key"])
    for way in every:
        if way.method == "GET":
            answer = rep.get(way.of(lead))
            assert answer.status_code in (200, 303, 403, 404, 422), way
            assert faults(answer.text) == [], way


def test_a_link_opens_the_card_and_no_other_page(asked: TestClient, every: list[Way], lead: str) -> None:
    query = link_to(asked, lead).partition("?")[2]
    for way in every:
        if not way.path.startswith("/crm/leads/"):
            answer = Surfer(asked).web.request(way.method, f"{way.of(lead)}?{query}", follow_redirects=False)
            assert answer.status_code in (303, 401), way
            assert answer.headers.get("location", "/signin").startswith("/signin"), way


def test_every_answer_has_the_headers_that_keep_it_safe(
    asked: TestClient, admin: Surfer, every: list[Way], lead: str
) -> None:
    for way in [*every, *(Way("GET", path) for path in FREE[:1])]:
        for surfer in (admin, Surfer(asked)):
            headers = surfer.web.request(way.method, way.of(lead)).headers
            policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == "'self'"
            assert (policy["form-action"], policy["base-uri"]) == ("'self'", "'none'")
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "same-origin"
            framed = way.path.startswith("/crm/leads/") and policy["frame-ancestors"] == "https://crm.example"
            assert framed or (policy["frame-ancestors"], headers["X-Frame-Options"]) == ("'none'", "DENY"), way


def test_the_card_alone_may_be_framed_and_then_says_so_one_way(admin: Surfer, lead: str) -> None:
    headers = admin.get(f"/crm/leads/{lead}").headers
    assert headers["Content-Security-Policy"].endswith("frame-ancestors https://crm.example")
    assert "X-Frame-Options" not in headers


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "--></script><style>*{display:none}</style>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_somebody_sent_becomes_markup(asked: TestClient, every: list[Way], text: str) -> None:
    traits = {
        "first_name": text,
        "job_title": text,
        "company": text,
        "industry": text,
        "country": text,
        "website": text,
    }
    lead = identified(asked, text, email=f"kim@{len(text)}.example", **traits)
    event = {"userId": lead, "event": text, "properties": {"title": text, "path": text, "url": text, text: text}}
    assert asked.post("/v1/track", json=event).status_code == 200
    page = {"userId": lead, "name": text, "properties": {"title": text, "path": text, "url": text}}
    assert asked.post("/v1/page", json=page).status_code == 200
    asked.post(f"/v1/leads/{quoted(lead)}/assign", json={"assigned_to": text})
    surfer = Surfer(asked)
    surfer.sign_in(key_for(asked, "admin", name=text)["key"])
    for way in every:
        if way.method == "GET":
            shown = surfer.get(way.of(lead, name=text) + f"?q={quoted(text)}&language=de")
            assert faults(shown.text) == [], way
            assert "49{%" not in shown.text, way
    by_link = Surfer(asked).get(link_to(asked, lead, by=text))
    assert (by_link.status_code, faults(by_link.text)) == (200, [])
    assert BeautifulSoup(by_link.text, "html.parser").get_text().count(text) >= 3  # it is there, as text


def quoted(text: str) -> str:
    return quote(text, safe="")


def test_pages_are_not_in_the_description_of_the_api(asked: TestClient, every: list[Way]) -> None:
    assert {way.path for way in every} & set(asked.get("/openapi.json").json()["paths"]) == set()


def test_a_foreign_name_of_this_machine_is_refused_where_nobody_signs_in(serve: Serve) -> None:
    """Another site may have its name point here (DNS rebinding); it is then not let in as whoever sits here."""
    client = serve()
    identified(client, "L-1")
    for host in ("evil.example", "evil.example:8000", "localhost.evil.example", "0.0.0.0:8000", "127.0.0.1.nip.io", ""):
        for way in ways(client.app):  # type: ignore[arg-type]
            answer = Surfer(client).web.request(way.method, way.of("L-1"), headers={"host": host})
            assert answer.status_code == 403, (way, host)
            assert "this computer only" in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via"])
def test_nobody_behind_a_proxy_is_taken_for_who_sits_at_the_machine(serve: Serve, header: str) -> None:
    surfer = Surfer(serve())
    assert surfer.get("/account").status_code == 200
    assert surfer.web.get("/account", headers={header: "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"origin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_script_of_a_site_that_may_call_the_api_reads_no_page(serve: Serve, headers: dict[str, str]) -> None:
    surfer = Surfer(serve(cors_origins=("*",)))
    assert surfer.web.get("/account", headers=headers).status_code == 403
    somebody = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}  # follows a link on that site
    assert surfer.web.get("/account", headers=somebody).status_code == 200


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_this_machines_own_names_are_let_in(serve: Serve, host: str) -> None:
    assert Surfer(serve()).web.get("/account", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"public_url": "https://leads.acme.example"}])
def test_whoever_others_can_reach_has_people_sign_in(serve: Serve, settings: dict[str, str]) -> None:
    assert Surfer(serve(**settings)).get("/account").headers["location"].startswith("/signin")


def test_https_is_insisted_on_where_people_reach_the_service_so(serve: Serve) -> None:
    plain, public = serve(), serve(public_url="https://leads.acme.example")
    assert "Strict-Transport-Security" not in Surfer(plain).get("/account").headers
    assert Surfer(public).get("/signin").headers["Strict-Transport-Security"] == "max-age=31536000"
