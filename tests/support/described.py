"""Holds a running service to its own description, by Schemathesis."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from running import Running

API = Path(__file__).parents[1] / "api"
AGREEMENT = API.parents[1] / "training" / "madeup" / "agreement.yaml"
SETTINGS = """\
hooks = "{hooks}"
continue-on-failure = true
headers = {{ Authorization = "Bearer {key}" }}
[generation]
database = "none"
with-security-parameters = false
[dictionaries]
leads = {{ values = {leads} }}
scores = {{ values = {scores} }}
endpoints = {{ values = {endpoints} }}
keys = {{ values = {keys} }}
programs = {{ values = ["leads"] }}
agreements = {{ values = {agreements} }}
imports = {{ values = {imports} }}
[parameters]
"path.lead_id" = {{ dictionary = "leads", probability = 0.7 }}
"path.score_id" = {{ dictionary = "scores", probability = 0.7 }}
"path.endpoint_id" = {{ dictionary = "endpoints", probability = 0.7 }}
"path.hash" = {{ dictionary = "agreements", probability = 0.7 }}
"path.import_id" = {{ dictionary = "imports", probability = 0.7 }}
"query.program" = {{ dictionary = "programs", probability = 0.8 }}
"path.key_id" = {{ dictionary = "keys", probability = 0.5 }}
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 404, 409]
"""
PERSON = {"job_title": "Head of IT", "industry": "software", "employees": 320, "budget": "50k", "need": "a tender"}


class Examined(NamedTuple):
    """What a run found: how many cases of how many operations, how many failures, and all that was said of them."""

    cases: int
    operations: int
    failures: int
    seconds: float
    said: str


def examine(running: Running, folder: Path, *options: object) -> Examined:
    """Run Schemathesis over every operation that the service describes; ``options`` of ``st run``."""
    settings, report = folder / "schemathesis.toml", folder / "report.json"
    settings.write_text(SETTINGS.format(hooks=API / "hooks.py", key=running.key, **_known(running)), "utf-8")
    command = [Path(sys.executable).with_name("st"), "--config-file", settings, "run", f"{running.url}/openapi.json"]
    command += ["--no-color", "--report", "json", "--report-json-path", report, *options]
    own = os.environ | {"PROTECTED_KEY": running.key.split("_")[1]}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=own, cwd=folder, check=False)
    told = json.loads(report.read_bytes()) if report.exists() else {}
    if not told.get("complete"):
        raise AssertionError(done.stdout + done.stderr)
    cases, operations = told["test_cases"], told["operations"]
    failures = cases["unique_failures"] + cases["errored"] + len(told["errors"]) + operations["errored"]
    return Examined(cases["generated"], operations["tested"], failures, told["running_time"], done.stdout)


def _known(running: Running) -> dict[str, Any]:
    """Leads in several stages, a score of each, an endpoint that nobody listens at, and keys that may be revoked."""
    with httpx2.Client(base_url=running.url, headers=running.headers) as client:

        def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
            return answer

        def send(path: str, text: str, kind: str) -> dict[str, Any]:
            answer = client.post(path, content=text, headers={"Content-Type": kind})
            assert answer.is_success, answer.text
            told: dict[str, Any] = answer.json()
            return told

        leads = ["L-18", *(f"L-{i}" for i in range(1, 8))]
        for lead in leads:
            ask("/v1/identify", {"userId": lead, "email": f"{lead}@acme.example"} | PERSON)
        for lead in leads[2:]:
            ask("/v1/track", {"userId": lead, "event": "demo_requested"})
        for lead in leads[4:]:
            ask(f"/v1/leads/{lead}/accept", {})
        scores = [lead["score_id"] for lead in client.get("/v1/leads").json()["leads"]]
        endpoints = [ask("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})["endpoint_id"] for _ in range(6)]
        keys = [ask("/v1/keys", {"name": "spare", "scopes": ["read"]})["key_id"] for _ in range(6)]
        newer = AGREEMENT.read_text("utf-8").replace('version: "2026-10"', 'version: "2026-11"')
        agreement = send("/v1/agreements", newer, "application/yaml")["hash"]
        taken = send("/v1/import/leads?wait=true", "lead_id,created_at,industry\nL-9,2026-01-01,steel\n", "text/csv")[
            "import_id"
        ]
        known = {"leads": leads, "scores": scores, "endpoints": endpoints, "keys": keys}
        return known | {"agreements": [agreement], "imports": [taken]}
