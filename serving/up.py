"""What ``leadscore up`` does before it serves: a made-up company, trained on, in the store, and one lead explained."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

import msgspec

from features.errors import ConfigError, ScorecardError
from features.loading import load_agreement
from serving.answers import answer_to
from serving.commands.decided import NOTHING_NEW
from serving.programs.agreements import adopted_hash
from serving.programs.service import LEADS
from serving.scorer import Scorer
from serving.settings import Settings
from serving.shapes import EXAMPLE, LeadIn
from serving.store.place import open_store
from serving.terminal.output import console, waterfall
from training.scorecard import Scorecard, load

NAME = "madeup"


class Stamp(msgspec.Struct, frozen=True):
    """What the embedded model was made from; another stamp means that it must be made again."""

    leads: int
    code: str
    agreement: str
    config: str


def prepare(settings: Settings, leads: int) -> None:
    """Train if nothing fitting is there yet, then explain one lead and say where to look."""
    folder = Path(str(files("training.madeup")))
    card = _ready(settings, _stamp(folder, leads))
    out = console()
    if card is None:
        out.print(f"Making up a company with {leads:,} leads and training on it. Everything in it is simulated.")
        _make(settings, folder, leads)
        card = load(settings.scorecard)
        _keep(settings.home / "up.json", msgspec.json.encode(_stamp(folder, leads)))
    out.print(waterfall(answer_to(Scorer(card), LeadIn.model_validate(EXAMPLE))))
    out.print(_where_to_look(settings, leads), soft_wrap=True)


def _stamp(folder: Path, leads: int) -> Stamp:
    agreement, config = ((folder / name).read_bytes() for name in ("agreement.yaml", "train.yaml"))
    return Stamp(leads, _hash(b"".join(_code(folder.parents[1]))), _hash(agreement), _hash(config))


def _code(root: Path) -> Iterator[bytes]:
    """What the model is made by: the code of features and training."""
    for package in ("features", "training"):
        for path in sorted((root / package).rglob("*.py")):
            yield path.read_bytes()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _ready(settings: Settings, stamp: Stamp) -> Scorecard | None:
    """The scorecard of an earlier run, if it was made from the same.

    Raises ConfigError when the home holds somebody's own model, which is not to be written over.
    """
    try:
        card = load(settings.scorecard)
        if card.name != NAME:
            do = "serve it with leadscore serve, or make up a company in another --home"
            raise ConfigError(f"this home holds the model '{card.name}'", where=str(settings.home), do=do)
        earlier = msgspec.json.decode((settings.home / "up.json").read_bytes(), type=Stamp)
        return card if earlier == stamp else None
    except (OSError, msgspec.DecodeError, ScorecardError):
        return None


def _make(settings: Settings, folder: Path, leads: int) -> None:
    """Train in a process of its own, so that the one that serves never imports a learner.

    Simulated leads go to the home's own registry, never to the MLflow server that the user has set.
    """
    own = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    own["LEADSCORE_STORE"] = settings.store  # not among the arguments, which others see: it may hold a password
    for arguments in commands(settings, folder, leads):
        done = subprocess.run([sys.executable, "-m", "serving.cli", *arguments], check=False, env=own)
        if done.returncode not in (0, NOTHING_NEW):
            sys.exit(done.returncode)


def commands(settings: Settings, folder: Path, leads: int) -> list[list[str]]:
    """What makes the model and fills the store; a model of the home that was made from something else is replaced.

    The model learns from the company as it always is; into the store it comes as if it were of these days, so that
    there is work to do.
    """
    data, agreed, home = str(settings.home / "madeup"), str(folder / "agreement.yaml"), ["--home", str(settings.home)]
    today = str(settings.home / "madeup-today")
    made = [["madeup", data, "--leads", str(leads)]]
    if _adopted_another(settings, folder / "agreement.yaml"):
        made += [["agreement", "propose", agreed, *home], ["agreement", "adopt", agreed, *home]]
    made.append(["train", str(folder / "train.yaml"), "--data", data, *home])
    if settings.scorecard.exists():
        made.append(["promote", "--override", "--reason", "made anew by leadscore up", *home])
    made.append(["madeup", today, "--leads", str(leads), "--ending-by", f"{datetime.now(UTC):%Y-%m-%d}"])
    return [*made, ["import", today, *home]]


def _adopted_another(settings: Settings, agreement: Path) -> bool:
    """Whether the store of an earlier run holds to another agreement."""
    with closing(open_store(settings.home, settings.store)) as store:
        adopted = store.read(partial(adopted_hash, program=LEADS))
    return adopted not in (None, load_agreement(agreement).content_hash())


def _keep(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _where_to_look(settings: Settings, leads: int) -> str:
    one_of_the_last = f"sim-{leads - 69:07d}"  # the tables end on 2026-10-01
    url = f"http://{settings.host}:{settings.port}"
    return (
        f"\nServing on {url}: open it in a browser for the desk (stop with Ctrl-C). Or try:\n\n"
        f'  KEY="Authorization: Bearer $(cat {settings.home / "key"})"\n'
        f"""  curl -s {url}/v1/score -H "$KEY" -H 'Content-Type: application/json' -d """
        """'{"lead_id": "L-18", "job_title": "Student"}'\n"""
        f"""  curl -s "{url}/v1/track?score=true" -H "$KEY" -H 'Content-Type: application/json' -d """
        """'{"userId": "L-18", "event": "demo_requested"}'\n"""
        f"""  curl -s "{url}/v1/leads?limit=3" -H "$KEY"\n"""
        f"  .venv/bin/leadscore explain {one_of_the_last} --as-of 2026-10-01\n"
        f"  .venv/bin/mlflow ui --backend-store-uri sqlite:///{settings.home}/mlflow.db\n"
    )
