"""The scorecard in service: a damaged one is refused and the good one stays; a new one is taken up."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from msgspec.structs import replace

from features.errors import ScorecardError
from serving.programs.follower import Follower
from serving.settings import Settings
from training.scorecard import Scorecard, decode, save


@pytest.fixture
def path(scorecard_path: Path, tmp_path: Path) -> Path:
    """A copy of the champion that a test may change."""
    return Path(shutil.copy(scorecard_path, tmp_path / "scorecard.json"))


@pytest.fixture
def serving(path: Path) -> Iterator[TestClient]:
    with serving_client(Settings(home=path.parent, reload_seconds=0.0, jobs=False), path) as client:
        yield client


@pytest.fixture
def damage(path: Path) -> Callable[[], None]:
    def change_one_byte() -> None:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    return change_one_byte


def test_a_scorecard_with_one_byte_changed_is_refused(scorecard_path: Path) -> None:
    good = scorecard_path.read_bytes()
    luck = random.Random(7)
    places = [*range(120), *range(len(good) - 20, len(good)), *luck.sample(range(len(good)), 60)]
    for place in places:
        changed = good[:place] + bytes([good[place] ^ 1 << luck.randrange(8)]) + good[place + 1 :]
        with pytest.raises(ScorecardError):
            decode(changed)


@pytest.mark.parametrize("end", [0, 1, 100, -1])
def test_a_scorecard_cut_short_is_refused(scorecard_path: Path, end: int) -> None:
    with pytest.raises(ScorecardError):
        decode(scorecard_path.read_bytes()[:end])


def test_a_scorecard_with_more_behind_it_is_refused(scorecard_path: Path) -> None:
    with pytest.raises(ScorecardError):
        decode(scorecard_path.read_bytes() + b"\n")


def test_a_missing_scorecard_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ScorecardError, match="cannot read the scorecard") as error:
        Follower("leads", tmp_path / "scorecard.json", 0.0)
    assert "No such file" in error.value.got


def test_a_damaged_scorecard_is_said_at_the_start(path: Path, damage: Callable[[], None]) -> None:
    damage()
    with pytest.raises(ScorecardError):
        Follower("leads", path, 0.0)


def test_an_unchanged_file_keeps_its_scorer(path: Path) -> None:
    served = Follower("leads", path, 0.0)
    assert served.now().scorer is served.now().scorer


def test_another_model_is_not_taken_up(path: Path, card: Scorecard) -> None:
    served = Follower("leads", path, 0.0)
    save(replace(card, name="other"), path)
    assert served.now().card.name == card.name
    assert served.refused == f"the file now holds the model 'other', not '{card.name}'"


def test_a_first_trained_version_replaces_an_agreement_without_history(
    path: Path, card: Scorecard, rules_card: Scorecard
) -> None:
    save(replace(rules_card, name="leads"), path)
    served = Follower("leads", path, 0.0)
    save(card, path)
    assert served.now().card == card


def test_a_newer_scorecard_is_taken_up(path: Path, card: Scorecard) -> None:
    served = Follower("leads", path, 0.0)
    save(replace(card, model_version="2"), path)
    assert served.now().card.model_version == "2"


def test_the_file_is_not_looked_at_more_often_than_agreed(path: Path, card: Scorecard) -> None:
    served = Follower("leads", path, 3600.0)
    save(replace(card, model_version="2"), path)
    assert served.now().card.model_version == card.model_version


def test_a_damaged_scorecard_leaves_the_served_one(path: Path, damage: Callable[[], None]) -> None:
    served = Follower("leads", path, 0.0)
    before = served.now().scorer
    damage()
    assert served.now().scorer is before
    assert "scorecard" in served.refused


def test_a_file_that_vanishes_leaves_the_served_one(path: Path) -> None:
    served = Follower("leads", path, 0.0)
    before = served.now().scorer
    path.unlink()
    assert served.now().scorer is before
    assert "No such file" in served.refused


def test_a_good_scorecard_after_a_damaged_one_is_taken_up(
    path: Path, card: Scorecard, damage: Callable[[], None]
) -> None:
    served = Follower("leads", path, 0.0)
    damage()
    served.now()
    save(replace(card, model_version="3"), path)
    assert (served.now().card.model_version, served.refused) == ("3", "")


def test_the_service_stays_ready_and_says_what_it_refused(
    path: Path, serving: TestClient, damage: Callable[[], None]
) -> None:
    client = serving
    damage()
    assert client.post("/v1/score", json={"lead_id": "L-1"}).status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["refused"]
    assert client.get("/v1/model").json()["refused"] == ready.json()["refused"]
