"""What other systems are told of cards, and what the log is not told."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import orjson
import pytest
from client import BASE
from fastapi.testclient import TestClient
from receiver import Receiver
from surfer import Surfer, identified, key_for, link_to

from features.moments import DAY, moment, now
from serving.observe import logs
from serving.people.export import exported
from serving.people.finding import people
from serving.signin.cardurl import CardUrls
from serving.signin.links import DAYS, Links
from serving.signin.settings import SignInSettings
from serving.store.database import Store
from serving.webhooks.message import MAX_BYTES, Message, payload
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.worker import Deliverer

Serve = Callable[..., TestClient]
AT = moment("2026-11-02T09:00:00Z")


@pytest.fixture
def urls(store: Store) -> CardUrls:
    return CardUrls(Links(store, lambda: AT), "https://leads.acme.example")


def stored(**data: Any) -> str:
    return payload(Message("lead.scored", "L-1", "leads", AT, {"score": 0.1 + 0.2, **data}))


def test_a_webhook_tells_where_the_card_is(urls: CardUrls) -> None:
    told = json.loads(urls.added(stored()))
    address = told["data"].pop("card_url")
    assert address.startswith("https://leads.acme.example/crm/leads/L-1?link=")
    assert told == json.loads(stored())
    link = urls.links.read(address.rpartition("=")[2], "L-1", "leads")
    assert (link.name, link.expires_at) == ("crm", AT + DAYS * DAY)


def test_it_is_told_the_same_at_every_attempt(urls: CardUrls) -> None:
    assert urls.added(stored()) == urls.added(stored())


def test_without_a_public_address_nothing_is_told(urls: CardUrls) -> None:
    assert urls._replace(base="").added(stored()) == stored()


def test_a_message_about_no_lead_has_no_card(urls: CardUrls) -> None:
    test = payload(Message("webhook.test", "", "", AT, {"text": "hello"}))
    assert urls.added(test) == test


def test_a_message_without_room_stays_as_it_is(urls: CardUrls) -> None:
    full = stored(notes=["x" * (MAX_BYTES - len(stored(notes=[""])))])
    assert len(full) == MAX_BYTES
    assert urls.added(full) == full


def test_a_receiver_gets_a_card_that_opens_and_the_store_keeps_none(serve: Serve) -> None:
    """A person may be given what is held of them, and is not to work its own lead."""
    client = serve(public_url="https://leads.acme.example", webhooks=WebhookSettings(allow_private=True))
    with closing(Receiver(200)) as receiver:
        assert client.post("/v1/webhooks", json={"url": receiver.url}).status_code == 201
        identified(client, "L-1", job_title="Head of IT", industry="software", employees=320)
        signin = client.app.state.signin  # type: ignore[attr-defined]
        adds = CardUrls(signin.links, signin.public_url).added
        deliverer = Deliverer(signin.store, WebhookSettings(allow_private=True), adds=adds)
        deliverer.run_once(now())
        deliverer.stop()
        told = [json.loads(got.body)["data"] for got in receiver.got]
    assert told
    path = told[0]["card_url"].removeprefix("https://leads.acme.example")
    assert Surfer(client, "https://leads.acme.example").get(path).status_code == 200
    with exported(signin.store, lambda c: people(c, "L-1"), now()) as document:
        held = document.read().decode()
    assert "card_url" not in held
    assert "link=" not in held


@pytest.fixture
def log() -> io.StringIO:
    """What the service logs, as JSON."""
    out = io.StringIO()
    logs.configure(json=True, stream=out)
    return out


def test_no_link_no_key_and_no_cookie_comes_into_the_log(log: io.StringIO, serve: Serve) -> None:
    client = serve(signin=SignInSettings(asked=True))
    surfer, lead, key = Surfer(client), identified(client, "L-1"), key_for(client, "admin")["key"]
    path = link_to(client, lead, by="Jonas")
    link = path.partition("link=")[2]
    surfer.get(path)
    surfer.get(path + "x")
    surfer.get(f"/account?link={link}")
    surfer.sign_in(key)
    surfer.sign_in(key[:-1] + "x")
    surfer.get("/account")
    surfer.post("/signout", {"csrf": "wrong"})
    said = log.getvalue()
    assert said.count('"event":"request"') >= 9
    wanted = [link, key, key[:-1], surfer.held()["leadscore_session"], "Jonas", "link="]
    assert [text for text in wanted if text in said] == []
    assert orjson.loads(said.splitlines()[0])
    assert BASE not in said
