"""What serves follows the champion, a file or an adopted agreement; whatever goes wrong, the last good one serves."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pandas as pd
import psutil
import pytest
from msgspec.structs import replace
from office import Office

from features.agreement import Agreement
from serving.commands.follow import RegistryChampion
from serving.programs.about import about
from serving.programs.follow_process import following
from serving.programs.following import Followed, Look, last_look, look
from serving.programs.home import card_path
from serving.programs.pinned import one_version
from serving.store.place import open_store
from serving.store.schema import scorecards
from training.carried import carried
from training.registry.champion import make_champion
from training.registry.moves import moved
from training.registry.place import Registry, reaching
from training.registry.runs import Run, register
from training.registry.versions import find
from training.scorecard import History, Scorecard, load, save

PAST = History(leads=1_000, converted=500, trained_at="2026-10-01", data_fingerprint="sha256:0")


@pytest.fixture(scope="module")
def elsewhere(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry elsewhere: version 1 the champion, 2 another scale, 3 an agreement that nobody adopted, 4 damaged."""
    home = tmp_path_factory.mktemp("elsewhere")
    registry = Registry.embedded(home)
    other = replace(rules_card.agreement, version="2027-01")
    for version, agreement, scale in (("1", None, 0.05), ("2", None, 0.06), ("3", other, 0.05), ("4", None, 0.07)):
        card = carried(replace(rules_card, history=PAST), agreement) if agreement else rules_card
        card = replace(card, name="madeup", model_version="unregistered", scale_b=scale, history=PAST)
        made = register(registry, Run(card, {}, {}, {}, {}, pd.DataFrame({"industry": ["software"]}), "madeup"))
        if version == "1":
            make_champion(registry, made, home, moved("first", "1", reason="the first"))
    damaged = [path for path in (home / "artifacts").rglob("scorecard.json") if b'"scale_b": 0.07' in path.read_bytes()]
    for path in damaged:
        path.write_bytes(path.read_bytes().replace(b'"scale_b": 0.07', b'"scale_b": 0.08'))
    assert damaged
    return home


class Elsewhere:
    """A copy of that registry, in which a test may move the champion, and damage or lose what it likes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.registry = folder, Registry.embedded(folder)

    def promote(self, version: str, before: str = "1") -> None:
        made = find(self.registry, "leadscore-madeup", version)
        make_champion(self.registry, made, self.folder, moved("promoted", version, before=before, reason="better"))

    def point(self, version: str) -> None:
        """Move the alias alone, as by hand."""
        with reaching(self.registry) as client:
            client.set_registered_model_alias("leadscore-madeup", "champion", version)

    def champion(self, home: Path) -> RegistryChampion:
        return RegistryChampion(home, self.registry.tracking_uri, "madeup")


@pytest.fixture
def registry(elsewhere: Path, tmp_path: Path) -> Elsewhere:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("mlflow.db", "scorecard.json"):
        shutil.copy(elsewhere / name, folder / name)
    return Elsewhere(folder)


@pytest.fixture
def sqlite_office(rules_card: Scorecard, tmp_path: Path) -> Iterator[Office]:
    """An office whose store is in its home, as other processes find it there."""
    home = tmp_path / "home"
    save(replace(rules_card, name="madeup"), card_path(home, "leads"))
    store = open_store(home)
    yield Office(home, store)
    store.close()


@pytest.fixture
def follow(office: Office, registry: Elsewhere) -> Callable[[], Look]:
    """Look at the registry once for the office's home."""

    def once() -> Look:
        office.desk.later(1)
        champion = registry.champion(office.home)
        return look(Followed(office.home, "leads", office.store), champion, office.desk.now)

    return once


# the champion of a registry elsewhere


def test_the_champion_is_taken_up(office: Office, registry: Elsewhere, follow: Callable[[], Look]) -> None:
    assert (follow().champion, office.card.model_version) == ("1", "1")
    registry.promote("2")
    assert (follow().error, office.card.model_version, office.card.scale_b) == ("", "2", 0.06)


def test_a_champion_that_serves_is_not_fetched_again(
    office: Office, registry: Elsewhere, follow: Callable[[], Look], elsewhere: Path
) -> None:
    follow()
    written = card_path(office.home, "leads").stat().st_mtime_ns
    follow()
    assert card_path(office.home, "leads").stat().st_mtime_ns == written


def test_a_registry_that_is_gone_leaves_what_serves(
    office: Office, registry: Elsewhere, follow: Callable[[], Look]
) -> None:
    follow()
    shutil.rmtree(registry.folder)
    found = follow()
    assert found.error == "nothing was registered here yet"
    assert (found.champion, office.card.model_version) == ("1", "1")
    assert last_look(office.home, "leads") == found


def test_a_server_that_does_not_answer_leaves_what_serves(office: Office) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        nobody = RegistryChampion(office.home, f"http://127.0.0.1:{taken.getsockname()[1]}", "madeup")
        found = look(Followed(office.home, "leads", office.store), nobody, office.desk.now)
    assert found.error.startswith("MLflow refused: ")
    assert office.card.model_version == "rules"


def test_it_is_said_since_when_the_registry_fails(
    office: Office, registry: Elsewhere, follow: Callable[[], Look]
) -> None:
    shutil.rmtree(registry.folder)
    first, second = follow(), follow()
    assert first.looked_at == first.failing_since == second.failing_since != second.looked_at


def test_a_champion_that_was_changed_is_refused(
    office: Office, registry: Elsewhere, follow: Callable[[], Look]
) -> None:
    follow()
    registry.point("4")
    found = follow()
    assert (found.champion, found.error) == ("4", "the scorecard's checksum does not fit its content")
    assert office.card.model_version == "1"


def test_a_champion_of_an_agreement_that_nobody_adopted_is_refused(
    office: Office, registry: Elsewhere, follow: Callable[[], Look]
) -> None:
    follow()
    registry.promote("3")
    assert "version 2027-01, which is not adopted" in follow().error
    assert (office.card.model_version, office.service.programs.refused()) == ("1", {})


def test_it_serves_once_its_agreement_holds(
    office: Office, registry: Elsewhere, follow: Callable[[], Look], agreement: Agreement
) -> None:
    follow()
    registry.promote("3")
    follow()
    office.adopt(replace(agreement, version="2027-01"))
    assert office.card.model_version == "1+2027-01"
    assert (follow().error, office.card.model_version) == ("", "3")


def test_a_champion_of_an_agreement_of_the_past_is_carried(
    office: Office, registry: Elsewhere, follow: Callable[[], Look], later: Agreement
) -> None:
    office.adopt(later)
    follow()
    assert (office.card.model_version, office.card.agreement) == ("1+2026-11", later)


def test_another_model_is_refused(office: Office, follow: Callable[[], Look], rules_card: Scorecard) -> None:
    save(replace(rules_card, name="ours", model_version="5"), card_path(office.home, "leads"))
    assert follow().error == "the registry's champion is of the model 'madeup', not 'ours'"


def test_a_home_that_cannot_be_written_keeps_what_serves(
    office: Office, follow: Callable[[], Look], unwritable: Callable[[Path], None]
) -> None:
    unwritable(office.home)
    assert "cannot be written to the home" in follow().error
    assert office.card.model_version == "rules"


def test_what_serves_says_when_it_looked_and_what_was_wrong(
    office: Office, registry: Elsewhere, follow: Callable[[], Look]
) -> None:
    follow()
    registry.promote("3")
    found = follow()
    told = about(office.service)
    assert (told["model_version"], told["previous_version"]) == ("1", "rules")
    assert told["registry"]["error"] == found.error
    assert told["serving_since"] != ""


def test_a_process_beside_the_service_follows(sqlite_office: Office, registry: Elsewhere) -> None:
    with following(sqlite_office.home, "", registry.registry.tracking_uri, every=0.5):
        assert waited(lambda: sqlite_office.card.model_version == "1")
        registry.promote("2")
        assert waited(lambda: sqlite_office.card.model_version == "2")


def test_a_follower_ends_with_the_process_that_started_it(sqlite_office: Office, registry: Elsewhere) -> None:
    code = (
        "import sys; from pathlib import Path; from serving.programs.follow_process import start_follower;"
        "started = start_follower(Path(sys.argv[1]), 0.5, {'MLFLOW_TRACKING_URI': sys.argv[2]});"
        "Path(sys.argv[3]).write_text(str(started.pid)); started.returncode = 0"
    )
    pid = sqlite_office.home / "pid"
    arguments = [str(sqlite_office.home), registry.registry.tracking_uri, str(pid)]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    assert waited(lambda: not psutil.pid_exists(int(pid.read_text())))


def waited(happened: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it happens within a time that a busy machine may need."""
    until = monotonic() + seconds
    while not happened() and monotonic() < until:
        sleep(0.1)
    return happened()


# files and agreements


def test_a_file_that_is_half_written_is_refused(office: Office) -> None:
    path = card_path(office.home, "leads")
    path.write_bytes(path.read_bytes()[:1_000])
    assert office.card.model_version == "rules"
    assert "damaged" in office.service.programs.refused()["leads"]


def test_a_service_that_starts_beside_it_serves_what_served_last(office: Office) -> None:
    path = card_path(office.home, "leads")
    path.write_bytes(path.read_bytes()[:1_000])
    started = office.open().programs
    assert started.leads.checksum == office.service.programs.leads.checksum
    assert "damaged" in started.refused()["leads"]


def test_a_home_without_a_past_does_not_start_on_a_damaged_file(office: Office, customers: Agreement) -> None:
    path = card_path(office.home, "customers")
    path.parent.mkdir()
    path.write_bytes(b"{")
    programs = office.open().programs
    assert programs.customers is None
    assert programs.refused() == {"customers": "the scorecard is damaged"}


def test_a_scorecard_of_an_agreement_that_nobody_adopted_is_refused(office: Office, later: Agreement) -> None:
    before = office.card
    save(carried(replace(before, model_version="9"), later), card_path(office.home, "leads"))
    assert office.card == before
    assert "version 2026-11, which is not adopted" in office.service.programs.refused()["leads"]


def test_a_process_that_died_before_it_wrote_the_scorecard_is_healed(
    office: Office, later: Agreement, agreement: Agreement
) -> None:
    path = card_path(office.home, "leads")
    held = path.read_bytes()
    office.adopt(later)
    path.write_bytes(held)
    assert office.card.agreement == later
    assert load(path).agreement == later


def test_a_home_that_cannot_be_written_serves_the_new_agreement_all_the_same(
    office: Office, later: Agreement, agreement: Agreement, unwritable: Callable[[Path], None]
) -> None:
    unwritable(office.home)
    assert office.adopt(later).unwritten != ""
    assert office.card.agreement == later
    assert load(card_path(office.home, "leads")).agreement == agreement
    assert office.open().programs.leads.agreement == later


def test_a_scorecard_that_comes_while_the_database_is_gone_is_taken_up_once_it_is_back(
    sqlite_office: Office, later: Agreement
) -> None:
    office = sqlite_office
    database = Path(office.store.url.database or "")
    before = office.card
    office.store.close()
    for part in database.parent.glob("store.db*"):
        part.rename(part.with_name(f"away-{part.name}"))
    database.mkdir()
    save(replace(before, model_version="2"), card_path(office.home, "leads"))
    assert office.card == before
    assert office.service.programs.refused()["leads"].startswith("the store does not answer")
    told = about(office.service)
    assert (told["model_version"], told["serving_since"]) == ("rules", "")
    database.rmdir()
    for part in database.parent.glob("away-store.db*"):
        part.rename(part.with_name(part.name.removeprefix("away-")))
    assert office.card.model_version == "2"


def test_what_serves_is_kept_for_replays_with_when_it_took_its_place(office: Office, later: Agreement) -> None:
    office.adopt(later)
    rows = sorted(office.desk.rows(scorecards), key=lambda row: row["since"])
    assert [row["agreement_hash"] for row in rows][-1] == later.content_hash()
    assert len({row["since"] for row in rows}) == len(rows) == 2


def test_a_version_that_serves_again_is_the_latest(office: Office) -> None:
    first, path = office.card, card_path(office.home, "leads")
    for card in (replace(first, model_version="2"), first):
        office.desk.later(1)
        save(card, path)
        assert office.card == card
    assert (about(office.service)["previous_version"], office.open().programs.refused()) == ("2", {})


def test_one_request_works_with_one_version(office: Office, later: Agreement) -> None:
    with one_version():
        before = office.service.programs.leads
        office.adopt(later)
        assert office.service.programs.leads is before
    assert office.service.programs.leads.agreement == later
