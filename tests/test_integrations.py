"""docs/integrations.md: every request is sent, with no more scopes than it names; every field to map is answered."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from running import started

from serving.settings import Settings
from serving.webhooks.shapes import EndpointIn
from training.scorecard import Scorecard, save

PAGE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text("utf-8")
PLATFORMS = ["HubSpot", "Marketo", "Salesforce", "Power Automate", "n8n", "Zapier", "Segment", "Mautic"]
SCOPE = re.compile(r"\b[Ss]copes?\s((?:`[a-z]+`(?:, | and )?)+)")
REQUEST = re.compile(
    r"```http\n(?P<first>.*?)\n(?P<headers>.*?)\n(?:\n(?P<body>.*?)\n)?```\n(?P<after>.*?)(?=```|\Z)", re.S
)
MAPPED = re.compile(r"^\| `([^`]+)` \| (number|text|list|true or false) \|", re.M)
TYPES: dict[str, type | tuple[type, ...]] = {"number": (int, float), "text": str, "list": list, "true or false": bool}
EXAMPLE = "https://leadscore.example.com"


class Shown(NamedTuple):
    """A request of the page, with what it says of the answer."""

    platform: str
    scopes: list[str]
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    mapped: list[tuple[str, str]]


def shown() -> Iterator[Shown]:
    """Every request, in order."""
    for section in re.split(r"^## ", PAGE, flags=re.M)[1:]:
        platform = section.partition("\n")[0]
        scopes = sorted(
            {scope for said in SCOPE.findall(" ".join(section.split())) for scope in re.findall("`([a-z]+)`", said)}
        )
        for found in REQUEST.finditer(section):
            method, path, version = found["first"].split(" ")
            assert version == "HTTP/1.1"
            headers = dict(line.split(": ") for line in found["headers"].splitlines())
            mapped = MAPPED.findall(found["after"])
            yield Shown(platform, scopes, method, path, headers, (found["body"] or "").encode(), mapped)


ALL = list(shown())


@pytest.fixture(scope="module")
def api(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service by the made-up company's rules, with a store that is empty at the beginning of the page."""
    home = tmp_path_factory.mktemp("platforms")
    save(rules_card, home / "scorecard.json")
    with serving_client(Settings(home=home, reload_seconds=0.0, jobs=False)) as client:
        yield client


@pytest.fixture(scope="module")
def answers(api: TestClient) -> list[Any]:
    """What the requests were answered, in the page's order, each platform with a key of its own."""
    keys = {one.platform: _key(api, one.scopes) for one in ALL}
    return [_sent(api, one, keys[one.platform]) for one in ALL]


def _key(api: TestClient, scopes: list[str]) -> str:
    made = api.post("/v1/keys", json={"name": "a platform", "scopes": scopes})
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    return key


def _sent(api: TestClient, one: Shown, key: str) -> Any:
    basic = b64encode(f"{key}:".encode()).decode()
    headers = {name: value.replace("S0VZOg==", basic).replace("KEY", key) for name, value in one.headers.items()}
    with TestClient(api.app) as stranger:
        answer = stranger.request(one.method, one.path, content=one.body, headers=headers)
    assert answer.status_code == 200, (one, answer.text)
    return answer.json()


def at(answer: Any, path: str) -> Any:
    """What stands at a path such as ``leads[0].score``."""
    for name, number in re.findall(r"([a-z_0-9]+)|\[(\d+)\]", path):
        answer = answer[int(number)] if number else answer[name]
    return answer


@pytest.mark.parametrize("number", range(len(ALL)), ids=[f"{one.platform} {one.path}" for one in ALL])
def test_a_request_is_answered_with_the_fields_to_map(answers: list[Any], number: int) -> None:
    for path, kind in ALL[number].mapped:
        value = at(answers[number], path)
        assert isinstance(value, TYPES[kind]), (path, value)
        assert kind == "true or false" or not isinstance(value, bool), path


def test_every_platform_has_a_request_and_something_to_map() -> None:
    assert [name for name in PLATFORMS if not any(one.mapped for one in ALL if one.platform == name)] == []
    assert {one.platform for one in ALL} == set(PLATFORMS)


def test_no_platform_is_given_every_right() -> None:
    assert [one.platform for one in ALL if "admin" in one.scopes or not one.scopes] == []


def test_the_leads_come_out_as_the_page_implies(api: TestClient, answers: list[Any]) -> None:
    """Salesforce's lead waited for sales and was taken on, a demo request went straight there, blanks are unknown."""
    stages = {lead["lead_id"]: lead["stage"] for lead in api.get("/v1/leads?limit=200").json()["leads"]}
    assert (stages["00Q5g00000AbCdE"], stages["C-2001"], stages["15105"]) == ("SAL", "SAL", "MQL")
    assert api.get("/v1/leads/u-5").json()["timeline"][-1]["properties"] == {"path": "/pricing"}


def test_a_message_that_comes_again_is_answered_as_before(api: TestClient, answers: list[Any]) -> None:
    one, first = next((o, a) for o, a in zip(ALL, answers, strict=True) if b"execution-231" in o.body)
    again = _sent(api, one, _key(api, one.scopes))
    assert again["kept"][0]["repeated"]
    assert all(type(at(again, path)) is type(at(first, path)) for path, _ in one.mapped)


def test_the_template_of_marketo_becomes_the_request_that_is_shown() -> None:
    (template,) = re.findall(r"```text\n(.*?)\n```", PAGE, re.S)
    (sent,) = [json.loads(one.body) for one in ALL if one.platform == "Marketo"]
    assert re.findall(r'"(\w+)": \{\{', template) == list(sent)


def test_the_webhook_shown_is_one_that_is_taken() -> None:
    (body,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    EndpointIn.model_validate(json.loads(body))


def test_the_operations_named_are_there(api: TestClient) -> None:
    described = [o for path in api.get("/openapi.json").json()["paths"].values() for o in path.values()]
    named = re.search(r"their\s+names: (.*?)\.", PAGE, re.S)
    assert named is not None
    assert set(re.findall("`(.*?)`", named[1])) <= {o["operationId"] for o in described}
    actions = re.search(r"named by its\s+summary: (.*?)\.", PAGE, re.S)
    assert actions is not None
    assert set(re.findall('"(.*?)"', actions[1])) <= {o["summary"] for o in described}


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_code_for_hubspot_and_segment_runs(rules_card: Scorecard, tmp_path: Path) -> None:
    save(rules_card, tmp_path / "scorecard.json")
    hubspot, segment = re.findall(r"```js\n(.*?)```", PAGE, re.S)
    contact = {"hs_object_id": "15105", "email": "kim@acme.example", "jobtitle": "Head of IT", "industry": "software"}
    event = {"inputFields": contact | {"numberofemployees": "320"}}
    with started(tmp_path, tmp_path / "scorecard.json") as running:
        said = _node(
            f"{hubspot}\nexports.main({json.dumps(event)}, (told) => console.log(JSON.stringify(told)));", running
        )
        assert [said["outputFields"][name] for name in ("score", "grade", "stage")] == [43.0, "C", "MQL"]
        track = {"type": "track", "userId": "15105", "event": "webinar_attended", "messageId": "m-1"}
        calls = [("onTrack", track, running.key), ("onTrack", track | {"event": ""}, running.key)]
        calls += [("onTrack", track, "?"), ("onPage", {"anonymousId": "a"}, running.key)]
        told = ".then(() => 'done', (error) => error.constructor.name)"
        ran = [f"await {name}({json.dumps(body)}, {json.dumps({'key': key})}){told}" for name, body, key in calls]
        errors = "class RetryError extends Error {}; class InvalidEventPayload extends Error {};"
        script = f"{errors}\n{segment}\n(async () => console.log(JSON.stringify([{', '.join(ran)}])))();"
        assert _node(script, running) == ["done", "InvalidEventPayload", "InvalidEventPayload", "done"]
    assert _node(script, running)[0] == "RetryError"


def _node(script: str, running: Any) -> Any:
    done = subprocess.run(
        ["node", "-e", script.replace(EXAMPLE, running.url)],
        capture_output=True,
        text=True,
        check=True,
        env={"LEADSCORE_KEY": running.key, "PATH": "/usr/bin:/bin"},
    )
    return json.loads(done.stdout)
