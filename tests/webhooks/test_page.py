"""docs/webhooks.md says what is sent, answered and refused."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from desk import HEAD_OF_IT, Desk, programs_of
from receiver import Got, Receiver
from standardwebhooks import Webhook
from told import Outbox, message

from features.moments import now
from serving.access.caller import SYSTEM
from serving.routes.webhooks import webhook_routes
from serving.store.schema import webhook_messages
from serving.webhooks import schedule
from serving.webhooks.message import LEFT_OUT_FIRST, TEST, TYPES
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.shapes import DeliveriesOut, EndpointChange, EndpointIn, EndpointWithSecret, ReplayIn
from training.scorecard import Scorecard

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
WANTED, MADE, SENT, LOG, SINCE, ONE, ENABLE = (
    json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.S)
)


def block(language: str, part: str) -> str:
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) if part in text]
    return str(found)


def test_the_message_shown_has_the_fields_of_one_that_is_sent(
    sqlite_outbox: Outbox, rules_card: Scorecard, tmp_path: Path
) -> None:
    desk = Desk(sqlite_outbox.store, programs_of(sqlite_outbox.store, tmp_path, leads=rules_card))
    sqlite_outbox.endpoint("https://hooks.example/in", types=["lead.stage_changed"])
    desk.identify("L-17", **HEAD_OF_IT)
    (row,) = desk.rows(webhook_messages)
    sent = json.loads(row["payload"])
    assert (SENT.keys(), SENT["type"]) == (sent.keys(), sent["type"])
    assert {name: type(value) for name, value in SENT["data"].items()} == {
        name: type(value) for name, value in sent["data"].items()
    }


def test_the_requests_shown_are_taken() -> None:
    EndpointIn.model_validate(WANTED)
    EndpointChange.model_validate(ENABLE)
    for body in (SINCE, ONE):
        ReplayIn.model_validate(body)


@pytest.mark.parametrize(("shape", "shown"), [(EndpointWithSecret, MADE), (DeliveriesOut, LOG)])
def test_the_answers_shown_are_such_as_are_given(shape: Any, shown: dict[str, Any]) -> None:
    assert shape.model_validate(shown).model_dump() == shown


def test_the_types_shown_are_those_that_are_sent() -> None:
    assert re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.M) == [*TYPES, TEST]


def test_the_addresses_shown_are_there(sqlite_outbox: Outbox) -> None:
    routes = webhook_routes(sqlite_outbox.store, WebhookSettings(), who=lambda: SYSTEM)
    there = {route.path.replace("{endpoint_id}", "*") for route in routes.routes}
    shown = {
        re.sub(r"\{endpoint_id\}|\$ENDPOINT", "*", path) for path in re.findall(r"/v1/webhooks[a-zA-Z/{}_$]*", PAGE)
    }
    assert shown == there


def test_the_schedule_shown_is_the_one_that_is_kept() -> None:
    (shown,) = re.findall(r"^\| after \| at once \|(.*)\|$", PAGE, re.M)
    units = {"s": schedule.SECOND, "min": schedule.MINUTE, "h": schedule.HOUR}
    waits = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (\w+)", shown)]
    assert waits == list(schedule.WAITS)


def test_what_is_left_out_first_is_shown_in_this_order() -> None:
    first, second, third, last = (f"`{name}`" for name in LEFT_OUT_FIRST)
    assert f"{first}, {second}, {third} and {last}" in PAGE


@pytest.fixture
def signed(sqlite_outbox: Outbox, receive: Any) -> tuple[str, Got]:
    """A secret, and a request signed with it and another one."""
    receiver: Receiver = receive()
    endpoint = sqlite_outbox.endpoint(receiver.url)
    sqlite_outbox.tell(message(summary="Köln"))
    sqlite_outbox.deliver(now())
    return endpoint.secret, receiver.got[0]


def test_the_python_shown_verifies(signed: tuple[str, Got]) -> None:
    secret, got = signed
    names: dict[str, Any] = {"secret": secret, "body": got.body, "headers": got.headers}
    exec(compile(block("python", "Webhook"), "webhooks.md", "exec"), names)
    assert names["message"] == json.loads(got.body)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
@pytest.mark.parametrize(("change", "verified"), [({}, "true"), ({"webhook-id": "msg_2"}, "false")])
def test_the_javascript_shown_verifies(signed: tuple[str, Got], change: dict[str, str], verified: str) -> None:
    secret, got = signed
    arguments = ", ".join(json.dumps(each) for each in (secret, got.headers | change, got.body))
    script = f"{block('js', 'createHmac')}\nconsole.log(verified({arguments}));"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == verified


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_the_shell_lines_shown_make_the_signature(signed: tuple[str, Got], tmp_path: Path) -> None:
    secret, got = signed
    (tmp_path / "body.json").write_text(got.body, "utf-8", newline="")
    given = {"SECRET": secret, "ID": got.headers["webhook-id"], "TIMESTAMP": got.headers["webhook-timestamp"]}
    lines = block("sh", "openssl")
    done = subprocess.run(
        ["bash", "-euc", lines], env={"PATH": "/usr/bin:/bin", **given}, cwd=tmp_path, capture_output=True, check=True
    )
    assert f"v1,{done.stdout.decode().strip()}" == got.headers["webhook-signature"]
    assert Webhook(secret).verify(got.body, got.headers)
