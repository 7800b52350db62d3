"""Links to one lead's card: what they open, what they do not, and when they end."""

from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from surfer import Surfer, identified, key_for, link_to

from features.errors import DataError
from features.moments import DAY, SECOND
from serving.access.caller import SYSTEM
from serving.access.keys import Wanted, create, revoke
from serving.signin.links import FRESH, MOST_DAYS, Link, Links
from serving.signin.refusals import LinkVoid
from serving.signin.secret import OLD_HOLDS, rotate
from serving.store.database import Store
from serving.store.place import open_store

Serve = Callable[..., TestClient]
NOW = 1_800_000_000 * SECOND


def token_in(path: str) -> str:
    return parse_qs(urlsplit(path).query)["link"][0]


# What they open


def test_a_link_opens_its_leads_card_without_signing_in(asked: TestClient, surfer: Surfer, lead: str) -> None:
    answer = surfer.get(link_to(asked, lead, by="Jonas"))
    assert answer.status_code == 200
    assert "as Jonas" in answer.text
    assert surfer.held() == {}


def test_the_forms_of_the_card_work_by_the_link_alone(asked: TestClient) -> None:
    """In a CRM's frame browsers send no cookies; acts are signed by the link's name."""
    lead, surfer = (
        identified(asked, "L-frame", job_title="Head of IT", industry="software", employees=320),
        Surfer(asked),
    )
    path = link_to(asked, lead, by="Jonas")
    fields = surfer.fields(path, f"/crm/leads/{lead}/lose")
    assert fields["link"] == token_in(path)
    answer = surfer.post(f"/crm/leads/{lead}/lose", fields | {"reason": "no budget"}, sec_fetch_site="cross-site")
    assert answer.status_code == 303
    assert token_in(answer.headers["location"]) == token_in(path)
    assert asked.get(f"/v1/leads/{lead}").json()["history"][0]["by"] == "Jonas"


@pytest.mark.parametrize("change", [{"csrf": ""}, {"csrf": "x" * 64}, {"link": ""}, {"link": "x"}])
def test_a_form_of_another_page_is_refused(
    asked: TestClient, surfer: Surfer, lead: str, change: dict[str, str]
) -> None:
    fields = surfer.fields(link_to(asked, lead), f"/crm/leads/{lead}/lose")
    answer = surfer.post(f"/crm/leads/{lead}/lose", fields | {"reason": "no budget"} | change)
    assert answer.status_code in (401, 403)


def test_the_token_of_one_link_does_not_serve_another(asked: TestClient, surfer: Surfer, lead: str) -> None:
    mine, other = (surfer.fields(link_to(asked, lead, by=by), f"/crm/leads/{lead}/lose") for by in ("Ann", "Bo"))
    assert surfer.post(f"/crm/leads/{lead}/lose", other | {"csrf": mine["csrf"]}).status_code == 403


# What they do not open


def test_a_link_opens_no_other_page(asked: TestClient, surfer: Surfer, lead: str) -> None:
    query = urlsplit(link_to(asked, lead)).query
    for path in ("/account", "/signin/../account"):
        answer = surfer.get(f"{path}?{query}")
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/signin")


def test_a_link_opens_nothing_in_the_api(asked: TestClient, surfer: Surfer, lead: str) -> None:
    query = urlsplit(link_to(asked, lead)).query
    token = query.removeprefix("link=")
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        assert surfer.web.get(f"/v1/leads/{lead}?{query}&api_key={token}", headers=headers).status_code == 401


def test_a_link_opens_no_other_lead_nor_program(asked: TestClient, surfer: Surfer, lead: str) -> None:
    identified(asked, "L-2")
    query = urlsplit(link_to(asked, lead)).query
    for path in ("/crm/leads/L-2?", f"/crm/leads/{lead}%2F?", f"/crm/leads/{lead}?program=customers&"):
        assert surfer.get(path + query).status_code == 401
    fields = surfer.fields(f"/crm/leads/{lead}?{query}", f"/crm/leads/{lead}/lose")
    for change in ({"program": "customers"}, {"program": "x"}):
        assert surfer.post(f"/crm/leads/{lead}/lose", fields | change).status_code == 401
    assert surfer.post("/crm/leads/L-2/lose", fields).status_code == 401


def test_whoever_has_signed_in_acts_as_themselves(asked: TestClient, surfer: Surfer, lead: str) -> None:
    surfer.sign_in(key_for(asked, "read", "act", name="Ann of sales")["key"])
    page = surfer.get(link_to(asked, lead, by="Jonas")).text
    assert "Ann of sales" in page
    assert "Jonas" not in page


def test_an_end_is_told_in_the_frame_of_a_crm(asked: TestClient, surfer: Surfer, lead: str) -> None:
    answer = surfer.get(f"/crm/leads/{lead}?link=x", sec_fetch_dest="iframe")
    assert answer.status_code == 401
    assert "no longer does" in answer.text
    assert "frame-ancestors https://crm.example" in answer.headers["Content-Security-Policy"]


# Who makes them


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(("read", "act"), 200), (("manage",), 200), (("act",), 403), (("read",), 403), (("score", "ingest"), 403)],
)
def test_who_may_not_act_makes_no_link(asked: TestClient, lead: str, scopes: tuple[str, ...], status: int) -> None:
    """Whoever has the link may read the lead and act on it."""
    headers = {"Authorization": f"Bearer {key_for(asked, *scopes)['key']}"}
    assert asked.get(f"/v1/leads/{lead}/link", headers=headers).status_code == status


def test_acts_by_a_link_are_signed_by_the_key_that_made_it_unless_a_name_was_given(
    asked: TestClient, lead: str
) -> None:
    key = {"Authorization": f"Bearer {key_for(asked, 'read', 'act', name='hubspot')['key']}"}
    named = [asked.get(f"/v1/leads/{lead}/link", params=p, headers=key).json()["by"] for p in ({}, {"by": "Jonas"})]
    assert named == ["hubspot", "Jonas"]


def test_a_link_ends_with_the_key_that_made_it(asked: TestClient, surfer: Surfer, lead: str) -> None:
    key = key_for(asked, "read", "act")
    path = link_to(asked, lead, key["key"])
    assert surfer.get(path).status_code == 200
    asked.delete(f"/v1/keys/{key['key_id']}")
    assert surfer.get(path).status_code == 401


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": MOST_DAYS + 1}, {"program": "x"}, {"by": "\0"}])
def test_what_cannot_be_a_link_is_refused(asked: TestClient, lead: str, wrong: dict[str, str]) -> None:
    assert asked.get(f"/v1/leads/{lead}/link", params=wrong).status_code in (404, 422)


def test_there_is_no_link_to_nobody(asked: TestClient) -> None:
    assert asked.get("/v1/leads/nobody/link").status_code == 404


def test_the_audit_knows_who_made_a_link(asked: TestClient) -> None:
    lead = identified(asked, "L-audited")
    link_to(asked, lead)
    (act,) = asked.get("/v1/audit", params={"about": lead}).json()["entries"]
    assert (act["act"], act["detail"]["program"]) == ("link.made", "leads")


@pytest.mark.parametrize("lead", ["a/b", "a b?c#d", "ü", "<b>&\"'", "%", "a/link/b"])
def test_a_lead_with_any_id_has_a_link(asked: TestClient, surfer: Surfer, lead: str) -> None:
    answer = surfer.get(link_to(asked, identified(asked, lead)))
    assert answer.status_code == 200


# When they end


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Links:
    return Links(open_store(tmp_path_factory.mktemp("links")), lambda: NOW)


def test_a_link_ends_when_it_says(store: Store) -> None:
    now = [NOW]
    links = Links(store, lambda: now[0])
    token = links.made(Link("L-1", "leads", "crm", NOW + DAY))
    now[0] = NOW + DAY - 1
    assert links.read(token, "L-1", "leads").name == "crm"
    now[0] = NOW + DAY
    with pytest.raises(LinkVoid):
        links.read(token, "L-1", "leads")


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1])
def test_a_link_lasts_a_while_and_a_year_at_most(links: Links, days: int) -> None:
    with pytest.raises(DataError):
        links.made(Link("L-1", "leads", "crm", NOW + days * DAY))


@given(st.data())
def test_a_link_that_was_changed_opens_nothing(links: Links, data: st.DataObject) -> None:
    token = links.signed(Link("L-1", "leads", "crm", NOW + DAY))
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[at]))
    changed = token[:at] + sign + token[at + 1 :]
    with pytest.raises(LinkVoid):
        links.read(changed, "L-1", "leads")


@given(st.text(max_size=300))
def test_what_is_no_link_opens_nothing(links: Links, text: str) -> None:
    with pytest.raises(LinkVoid):
        links.read(text, "L-1", "leads")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_link_says_what_was_signed(links: Links, lead: str, name: str) -> None:
    link = Link(lead.encode(errors="ignore").decode(), "leads", name.encode(errors="ignore").decode(), NOW + DAY)
    assert links.read(links.signed(link), link.lead_id, "leads") == link


def test_a_link_of_another_service_opens_nothing(links: Links, store: Store) -> None:
    token = Links(store, lambda: NOW).signed(Link("L-1", "leads", "crm", NOW + DAY))
    with pytest.raises(LinkVoid):
        links.read(token, "L-1", "leads")


class Turning:
    """Links whose clocks are set by hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.timer = store, NOW, 0.0
        self.links = Links(store, lambda: self.now, lambda: self.timer)
        self.token = self.links.made(Link("L-1", "leads", "crm", NOW + MOST_DAYS * DAY))

    def rotate(self, *, at_once: bool) -> None:
        self.store.write(lambda c: rotate(c, SYSTEM, self.now, at_once=at_once))
        self.timer += FRESH

    def opens(self, token: str) -> bool:
        try:
            return self.links.read(token, "L-1", "leads") is not None
        except LinkVoid:
            return False


def test_links_before_a_new_secret_hold_for_thirty_days(store: Store) -> None:
    turning = Turning(store)
    turning.rotate(at_once=False)
    assert turning.opens(turning.token)
    assert turning.opens(turning.links.made(Link("L-1", "leads", "crm", NOW + DAY)))
    turning.now, turning.timer = NOW + OLD_HOLDS, turning.timer + FRESH
    assert not turning.opens(turning.token)


def test_every_link_can_be_made_void_at_once(store: Store) -> None:
    turning = Turning(store)
    turning.rotate(at_once=True)
    assert not turning.opens(turning.token)


def test_a_secret_that_was_replaced_twice_is_gone(store: Store) -> None:
    turning = Turning(store)
    turning.rotate(at_once=False)
    turning.rotate(at_once=False)
    assert not turning.opens(turning.token)


def test_a_link_ends_when_its_key_expires(store: Store) -> None:
    turning = Turning(store)
    wanted = Wanted("hubspot", frozenset({"act"}), NOW + DAY)
    key = store.write(lambda c: create(c, SYSTEM, wanted, NOW)).key
    token = turning.links.made(Link("L-1", "leads", "crm", NOW + 2 * DAY, key.key_id))
    assert turning.opens(token)
    turning.now = NOW + DAY
    assert not turning.opens(token)
    turning.now = NOW
    store.write(lambda c: revoke(c, SYSTEM, key.key_id, NOW))
    assert not turning.opens(token)


def test_the_public_address_is_that_of_links(serve: Serve) -> None:
    client = serve(public_url="https://leads.acme.example")
    identified(client, "L 1")
    made = client.get("/v1/leads/L 1/link").json()
    assert made["url"].startswith(f"https://leads.acme.example/crm/leads/{quote('L 1')}?link=")
