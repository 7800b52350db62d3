import base64

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from told import NOW, Outbox, message

from features.moments import DAY
from serving.store.schema import webhook_deliveries, webhook_endpoints, webhook_messages
from serving.webhooks import endpoints
from serving.webhooks.errors import EndpointConflict, NoSuchEndpoint
from serving.webhooks.filters import Filters

URL = "https://hooks.example/in"
UNKNOWN = f"ep_{0:032x}"


def test_a_secret_is_as_long_as_the_rules_ask(sqlite_outbox: Outbox) -> None:
    prefix, _, secret = sqlite_outbox.endpoint(URL).secret.partition("_")
    assert prefix == "whsec"
    assert 24 <= len(base64.b64decode(secret, validate=True)) <= 64


def test_no_two_secrets_are_the_same(sqlite_outbox: Outbox) -> None:
    assert len({sqlite_outbox.endpoint(URL).secret for _ in range(20)}) == 20


def test_an_endpoint_is_kept_as_it_was_made(outbox: Outbox) -> None:
    filters = Filters(stages=["MQL"], min_score=40.5)
    made = outbox.endpoint(URL, description="the CRM", types=["lead.scored"], filters=filters)
    assert outbox.find(made) == made
    assert (made.types, made.filters, made.description) == (["lead.scored"], filters, "the CRM")


def test_unknown_filters_are_refused() -> None:
    with pytest.raises(ValidationError, match="countries"):
        Filters.model_validate({"countries": ["de"]})


def test_what_is_not_changed_stays(outbox: Outbox) -> None:
    made = outbox.endpoint(URL, description="the CRM")
    changed = outbox.store.write(lambda c: endpoints.change(c, NOW, made.endpoint_id, types=["lead.recycled"]))
    assert changed == made._replace(types=["lead.recycled"])


def test_an_old_secret_signs_beside_the_new_one_for_a_day(outbox: Outbox) -> None:
    made = outbox.endpoint(URL)
    turned = outbox.store.write(lambda c: endpoints.rotate(c, NOW, made.endpoint_id))
    assert turned.secrets(NOW + DAY - 1) == [turned.secret, made.secret]
    assert turned.secrets(NOW + DAY) == [turned.secret]


def test_what_waits_for_a_disabled_endpoint_becomes_a_dead_letter_that_says_why(outbox: Outbox) -> None:
    made, other = outbox.endpoint(URL), outbox.endpoint(URL)
    outbox.tell()
    outbox.store.write(lambda c: endpoints.change(c, NOW, made.endpoint_id, enabled=False))
    by_endpoint = {row.endpoint_id: (row.state, row.last_error) for row in outbox.deliveries()}
    assert by_endpoint[made.endpoint_id] == ("dead", "the endpoint was disabled: disabled by hand")
    assert by_endpoint[other.endpoint_id] == ("pending", "")


def test_disabling_twice_keeps_when_it_was_disabled(sqlite_outbox: Outbox) -> None:
    made = sqlite_outbox.endpoint(URL)
    for at in (NOW, NOW + 1):
        sqlite_outbox.store.write(lambda c, at=at: endpoints.change(c, at, made.endpoint_id, enabled=False))
    assert sqlite_outbox.find(made).disabled_at == NOW


def test_an_endpoint_that_is_enabled_again_begins_anew(outbox: Outbox) -> None:
    made = outbox.endpoint(URL)
    for enabled in (False, True):
        outbox.store.write(lambda c, to=enabled: endpoints.change(c, NOW, made.endpoint_id, enabled=to))
    assert outbox.find(made) == made


def test_deleting_an_endpoint_deletes_what_only_it_was_told(outbox: Outbox) -> None:
    gone, stays = outbox.endpoint(URL), outbox.endpoint(URL, types=["lead.stage_changed"])
    outbox.tell(message(), message()._replace(type="lead.scored"))
    outbox.store.write(lambda c: endpoints.remove(c, gone.endpoint_id))
    assert [row.endpoint_id for row in outbox.deliveries()] == [stays.endpoint_id]
    assert outbox.store.read(lambda c: c.execute(select(webhook_messages.c.type)).scalars().all()) == [
        "lead.stage_changed"
    ]


@pytest.mark.parametrize("endpoint_id", [UNKNOWN, "", "\0", "ep_x", "x" * 5000])
def test_an_unknown_endpoint_is_said_to_be_unknown(outbox: Outbox, endpoint_id: str) -> None:
    for act in (
        lambda c: endpoints.find(c, endpoint_id),
        lambda c: endpoints.change(c, NOW, endpoint_id, description=""),
        lambda c: endpoints.rotate(c, NOW, endpoint_id),
        lambda c: endpoints.remove(c, endpoint_id),
    ):
        with pytest.raises(NoSuchEndpoint, match="no such endpoint"):
            outbox.store.write(act)


def test_there_are_at_most_a_hundred_endpoints(sqlite_outbox: Outbox) -> None:
    def make_all(connection: object) -> None:
        for _ in range(endpoints.MOST + 1):
            endpoints.create(connection, NOW, URL, filters=Filters())  # type: ignore[arg-type]

    with pytest.raises(EndpointConflict, match="too many"):
        sqlite_outbox.store.write(make_all)


def test_endpoints_are_listed_in_the_order_they_were_made(sqlite_outbox: Outbox) -> None:
    made = [
        sqlite_outbox.store.write(lambda c, n=n: endpoints.create(c, NOW + n, URL, filters=Filters())) for n in range(3)
    ]
    assert sqlite_outbox.store.read(endpoints.everyone) == made


def test_nothing_of_a_deleted_endpoint_is_left(outbox: Outbox) -> None:
    made = outbox.endpoint(URL)
    outbox.tell()
    outbox.store.write(lambda c: endpoints.remove(c, made.endpoint_id))
    for table in (webhook_endpoints, webhook_messages, webhook_deliveries):
        assert outbox.store.read(lambda c, t=table: c.execute(select(func.count()).select_from(t)).scalar_one()) == 0
