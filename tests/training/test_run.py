"""One training run: what it registers, what it exports, and that a run that fails leaves nothing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from msgspec.structs import replace
from typer.testing import CliRunner

from features.errors import AgreementError, ConfigError, DataError, LeakageError
from serving.cli import app
from training.leads import Leads
from training.reading import read_table
from training.record import configuration_files
from training.run import Result, train
from training.scorecard import decode, encode, load, save

REPO = Path(__file__).parents[2]
MADEUP = REPO / "training" / "madeup"
NAME = "leadscore-madeup"
QUICK = "learner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n"
Configure = Callable[..., Path]


@pytest.fixture(scope="module")
def configure(tmp_path_factory: pytest.TempPathFactory) -> Configure:
    """A copy of the made-up company's configuration, changed and quick to train."""

    def write(change: Callable[[str], str] = str, agreement: Callable[[str], str] = str) -> Path:
        folder = tmp_path_factory.mktemp("config")
        (folder / "train.yaml").write_text(change((MADEUP / "train.yaml").read_text("utf-8") + QUICK), "utf-8")
        (folder / "agreement.yaml").write_text(agreement((MADEUP / "agreement.yaml").read_text("utf-8")), "utf-8")
        return folder / "train.yaml"

    return write


def client(home: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{home / 'mlflow.db'}")


def champion_of(home: Path) -> Run:
    return client(home).get_run(client(home).get_model_version_by_alias(NAME, "champion").run_id)


# The run that all tests share


@pytest.fixture(scope="module")
def registry(madeup_home: Path) -> MlflowClient:
    return client(madeup_home)


@pytest.fixture(scope="module")
def run(madeup_home: Path) -> Run:
    return champion_of(madeup_home)


def artifacts(registry: MlflowClient, run, folder: str = "") -> set[str]:
    return {a.path for a in registry.list_artifacts(run.info.run_id, folder)}


def test_the_first_version_is_the_champion(registry) -> None:
    assert str(registry.get_model_version_by_alias(NAME, "champion").version) == "1"


def test_the_run_is_finished(run) -> None:
    assert run.info.status == "FINISHED"


def test_the_run_names_the_agreement(run, card) -> None:
    assert run.data.tags["agreement_hash"] == card.agreement.content_hash()
    assert run.data.tags["agreement_version"] == card.agreement.version


def test_the_run_holds_what_it_was_made_with(run, card) -> None:
    assert run.data.params["data_fingerprint"] == card.history.data_fingerprint
    assert run.data.params["code_version"] == card.history.code_version
    assert run.data.params["facts"] == str(len(card.features))
    assert {"leads", "train_share", "learner.bags", "learner.seed"} <= set(run.data.params)


def test_the_run_measures_all_four_predictions(run) -> None:
    measures = ("auc", "log_loss", "brier", "lift", "calibration_error")
    for prediction in ("rules_only", "model_only", "blend", "naive_Bayes"):
        assert {f"{prediction}.{m}" for m in measures} <= set(run.data.metrics)


def test_the_run_holds_the_weight_and_the_scale(run, card) -> None:
    for name in ("weight_of_history", "scale_a", "scale_b"):
        assert run.data.metrics[name] == getattr(card, name)


def test_the_run_keeps_configuration_and_agreement_as_they_were(registry, run, tmp_path) -> None:
    for name in ("train.yaml", "agreement.yaml"):
        kept = Path(registry.download_artifacts(run.info.run_id, f"config/{name}", str(tmp_path)))
        assert kept.read_text("utf-8") == (MADEUP / name).read_text("utf-8")


def test_what_is_kept_can_be_trained_from_again_whatever_its_files_were_called(tmp_path) -> None:
    for folder in ("own", "kept/config"):
        (tmp_path / folder).mkdir(parents=True)
    config = (MADEUP / "train.yaml").read_text("utf-8").replace(": agreement.yaml", ": ../b2b.yaml  # of May")
    (tmp_path / "own" / "run.yaml").write_text(config + "catalog: facts.yaml\n", "utf-8")
    facts = "features: [{name: size, label: size, kind: fit, type: number, source: {field: employees}}]\n"
    (tmp_path / "own" / "facts.yaml").write_text(facts, "utf-8")
    (tmp_path / "b2b.yaml").write_bytes((MADEUP / "agreement.yaml").read_bytes())
    before = Leads(tmp_path / "own" / "run.yaml")
    for path, text in configuration_files(before):
        (tmp_path / "kept" / path).write_text(text, "utf-8")
    again = Leads(tmp_path / "kept" / "config" / "train.yaml")
    assert (again.agreement, again.config.features) == (before.agreement, before.config.features)
    assert config.partition("# of May")[2] in again.path.read_text("utf-8")


def test_the_run_keeps_the_measures_as_a_table(registry, run, tmp_path) -> None:
    kept = Path(registry.download_artifacts(run.info.run_id, "measures.csv", str(tmp_path)))
    heading, *rows = kept.read_text("utf-8").splitlines()
    assert {"prediction", "auc", "log_loss", "brier", "lift", "calibration_error"} <= set(heading.split(","))
    assert {"rules only", "model only", "blend", "naive Bayes"} <= {row.split(",")[0] for row in rows}


def test_the_run_keeps_what_it_says_of_timing(registry, run, tmp_path) -> None:
    kept = Path(registry.download_artifacts(run.info.run_id, "timing.txt", str(tmp_path)))
    assert kept.read_text("utf-8").startswith("Whether the model tells when cannot be measured")
    assert not [name for name in run.data.metrics if "timing" in name]


@pytest.mark.parametrize("name", ["calibration", "gains", "points"])
def test_the_run_keeps_pictures(name, registry, run, tmp_path) -> None:
    kept = Path(registry.download_artifacts(run.info.run_id, f"plots/{name}.png", str(tmp_path)))
    assert kept.read_bytes().startswith(b"\x89PNG")


def test_the_run_names_its_data(run, card) -> None:
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.name == "madeup"
    assert card.history.data_fingerprint.removeprefix("sha256:").startswith(used.dataset.digest)


def test_the_exported_scorecard_can_be_found_again(card, run) -> None:
    assert card.model_version == "1"
    assert card.history.run_id == run.info.run_id


def test_the_registered_scorecard_is_the_exported_one(madeup_home, card, registry) -> None:
    version = registry.get_model_version_by_alias(NAME, "champion")
    logged = load(next((madeup_home / "artifacts").rglob(f"{version.source.rpartition('/')[2]}/**/scorecard.json")))
    assert logged.model_version == "unregistered"
    assert replace(logged, model_version="1") == card


# Runs of their own


@pytest.fixture(scope="module")
def home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(template, tmp_path_factory.mktemp("home"))).parent


@pytest.fixture(scope="module")
def two(configure, home, madeup_home) -> tuple[Result, Result, bytes]:
    """A champion and a challenger, and the scorecard file before the challenger came."""
    config, data = configure(), madeup_home / "madeup"
    first = train(config, home, data=data)
    served = (home / "scorecard.json").read_bytes()
    return first, train(config, home, data=data), served


def test_a_second_run_makes_a_second_version(two) -> None:
    assert [r.version.version for r in two[:2]] == ["1", "2"]


def test_the_first_version_is_champion_and_the_second_its_challenger(two, home) -> None:
    assert [r.role for r in two[:2]] == ["champion", "challenger"]
    aliases = {a: str(v) for a, v in client(home).get_registered_model(NAME).aliases.items()}
    assert aliases == {"champion": "1", "challenger": "2"}


def test_a_challenger_leaves_the_champion_in_service(two, home) -> None:
    assert decode(two[2]).model_version == "1"
    assert (home / "scorecard.json").read_bytes() == two[2]


def test_the_same_data_configuration_and_seed_give_the_same_scorecard(two) -> None:
    def content(result: Result) -> bytes:
        history = replace(result.card.history, run_id="", trained_at="", code_version="")
        return encode(replace(result.card, model_version="", history=history))

    assert content(two[0]) == content(two[1])


def test_the_steps_are_told_in_order(configure, home, madeup_home) -> None:
    steps: list[str] = []
    with pytest.raises(LeakageError):
        train(configure(unlisted), home, data=madeup_home / "madeup", step=lambda what, *_: steps.append(what))
    assert steps[0] == "reading"
    assert "measuring" in steps
    assert "fitting" not in steps


def unlisted(config: str) -> str:
    before, _, after = config.partition("knows_future:\n")
    return before + "ignore:" + after.partition("ignore:")[2]


@pytest.mark.parametrize(
    ("change", "agreement", "error"),
    [
        (unlisted, str, LeakageError),
        (lambda text: text.replace("ages: [21]", "ages: [9999]"), str, DataError),
        (lambda text: text.replace("events: ", "event: "), str, ConfigError),
        (str, lambda text: text.replace("score: 53", "score: 54"), AgreementError),
        (lambda text: text.replace("agreement: agreement.yaml", "agreement: none.yaml"), str, AgreementError),
    ],
    ids=["a leak", "no finished horizon", "a wrong key", "an example that fails", "no agreement"],
)
def test_a_run_that_fails_leaves_nothing(change, agreement, error, configure, madeup_home, tmp_path) -> None:
    with pytest.raises(error):
        train(configure(change, agreement), tmp_path / "home", data=madeup_home / "madeup")
    assert list(tmp_path.iterdir()) == []


def test_no_data_is_said_with_the_way_out(tmp_path) -> None:
    with pytest.raises(ConfigError, match="no data") as error:
        train(REPO / "examples" / "bank" / "train.yaml", tmp_path)
    assert "--data" in error.value.do


def test_a_test_part_of_one_class_is_refused(configure, tmp_path) -> None:
    (tmp_path / "leads.csv").write_text("size,bought\n" + "1,yes\n2,no\n" * 7 + "1,no\n" * 6, "utf-8")
    flat = (
        "name: flat\nagreement: agreement.yaml\norder: {rows: true}\noutcome: {column: bought}\n"
        "ignore: {}\nderive_features: true\n"
    )
    config = configure(lambda _: flat, bare)
    with pytest.raises(DataError, match="the later part in time has one class only") as error:
        train(config, tmp_path / "home", data=tmp_path / "leads.csv")
    assert error.value.got == "0 of 6 leads converted"


def bare(_: str) -> str:
    return """\
agreement: bare
version: "1"
agreed_on: 2026-01-01
conversion: {definition: buys, stage: Customer, horizon_days: 30}
points_double_odds: 10
stages:
  - {stage: Lead, definition: a name, owner: marketing}
  - {stage: Customer, definition: bought, owner: sales, gate: paid}
"""


def test_twenty_leads_are_enough_for_a_run(train_flat, tmp_path) -> None:
    result = train_flat()
    assert (result.trained_on, result.tested_on) == (14, 6)
    assert load(tmp_path / "home" / "scorecard.json") == result.card


@pytest.fixture
def train_flat(configure: Configure, template: Path, tmp_path: Path) -> Callable[..., Result]:
    """Trains on twenty leads of ``size``, ``vip`` and ``key``; ``more`` is added to the configuration."""

    def run(more: str = "") -> Result:
        rows = (f"{1 + i % 2},{i % 2 == 0},k{i},{'no' if i % 2 else 'yes'}\n" for i in range(20))
        (tmp_path / "leads.csv").write_text("size,vip,key,bought\n" + "".join(rows), "utf-8")
        flat = "name: flat\nagreement: agreement.yaml\norder: {rows: true}\noutcome: {column: bought}\n"
        flat += "known_from: {size: a test, vip: a test}\n" + more
        (tmp_path / "home").mkdir(exist_ok=True)
        shutil.copy(template, tmp_path / "home" / "mlflow.db")
        return train(configure(lambda _: flat, bare), tmp_path / "home", data=tmp_path / "leads.csv")

    return run


def test_leads_in_neither_part_are_counted(two, madeup_home) -> None:
    leads = len(read_table(madeup_home / "madeup" / "leads.csv"))
    assert two[0].trained_on + two[0].tested_on + two[0].left_out == leads
    assert two[0].left_out > 0


def test_a_flat_export_leaves_no_lead_out(train_flat, tmp_path) -> None:
    assert train_flat().left_out == 0


def test_leads_of_a_live_export_whose_horizon_has_not_passed_are_in_neither_part(configure, tmp_path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=10 * i) for i in range(10)]
    rows = (f"{day},{i},{'yes' if i % 2 else 'no'},{day + timedelta(days=5)}\n" for i, day in enumerate(days))
    (tmp_path / "leads.csv").write_text("created,size,bought,bought_at\n" + "".join(rows), "utf-8")
    flat = "name: flat\nagreement: agreement.yaml\norder: {column: created}\n"
    flat += "outcome: {column: bought, at: bought_at}\n"
    leads = Leads(configure(lambda _: flat, bare), tmp_path / "leads.csv")
    # The last outcome came on day 95, and the horizon is 30 days: leads count up to day 60, the seventh.
    assert [len(part) for part in (leads.everything, *leads.parts)] == [10, int(0.7 * 7), 7 - int(0.7 * 7)]


# Several snapshots of a lead

MOMENTS = "ages: [21], every_days: 14, most: 6, stage_changes: true, events: 2"


@pytest.fixture(scope="module")
def closing(configure, madeup_home, template, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home and the closing words of a run that reads the made-up leads at several moments."""
    config = configure(lambda text: text.replace("ages: [21]", MOMENTS) + "train_share: 0.5\n", shorter_horizon)
    home = Path(shutil.copy(template, tmp_path_factory.mktemp("several"))).parent
    command = ["train", str(config), "--data", str(madeup_home / "madeup"), "--home", str(home)]
    ran = CliRunner().invoke(app, command, env={"MLFLOW_TRACKING_URI": None})  # which other trainings here leave
    assert ran.exit_code == 0, ran.output
    return home, " ".join(ran.stdout.split())


def shorter_horizon(agreement: str) -> str:
    """So that many conversions come after it."""
    return agreement.replace("horizon_days: 90", "horizon_days: 30")


def test_leads_are_counted_beside_their_snapshots(closing) -> None:
    _, said = closing
    counted = (
        r"On the ([\d,]+) later leads \(trained on the ([\d,]+) before\).*at several moments: ([\d,]+) later, ([\d,]+)"
    )
    found = re.search(counted, said)
    assert found is not None
    tested, trained, tested_rows, trained_rows = (int(number.replace(",", "")) for number in found.groups())
    assert tested_rows > 2 * tested
    assert trained_rows > 2 * trained
    left_out = re.search(r"Left out of both: ([\d,]+) leads", said)
    assert left_out is not None
    assert trained + tested + int(left_out[1].replace(",", "")) == 1_500


def test_a_card_counts_leads_and_not_snapshots(closing) -> None:
    history = load(closing[0] / "scorecard.json").history
    assert history is not None
    assert history.converted < history.leads <= 1_500
    run = champion_of(closing[0])
    assert int(run.data.params["leads"]) == history.leads
    assert int(run.data.params["snapshots"]) > 2 * history.leads


def test_a_run_reports_the_auc_among_those_who_convert_at_all(closing) -> None:
    home, said = closing
    metrics = champion_of(home).data.metrics
    among, low, high = (metrics[name] for name in ("blend.timing_auc", "timing_auc_low", "timing_auc_high"))
    assert low < among < high
    whole = metrics["blend.auc"]
    numbers = f"the AUC is {among:.2f} ({low:.2f} to {high:.2f}; whole: {whole:.2f})"
    assert f"Among leads that convert at all, {numbers}" in said
    assert "AUC among converters" in said
    assert load(home / "scorecard.json").history.metrics["timing_auc"] == among


# Homes


@pytest.mark.parametrize("home", ["file", "file/home"])
def test_a_home_that_is_a_file_is_refused_before_anything_is_read(home, configure, tmp_path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ConfigError, match="the home is no folder"):
        train(configure(), tmp_path / home, data=tmp_path / "nowhere", step=never)


def never(*_: object) -> None:
    raise AssertionError("a step was begun")


def test_a_home_that_holds_another_model_is_refused_before_anything_is_read(configure, card, tmp_path) -> None:
    save(replace(card, name="other"), tmp_path / "scorecard.json")
    with pytest.raises(ConfigError, match="this home holds the model 'other'") as error:
        train(configure(), tmp_path, data=tmp_path / "nowhere", step=never)
    assert error.value.do == "give another --home"


def test_a_home_that_serves_an_agreement_may_be_trained_into(train_flat, rules_card, tmp_path) -> None:
    save(rules_card, tmp_path / "home" / "scorecard.json")
    assert train_flat().card.name == "flat"


def test_a_damaged_scorecard_in_the_home_is_replaced(train_flat, tmp_path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "scorecard.json").write_text("{}", "utf-8")
    trained = train_flat().card
    assert load(tmp_path / "home" / "scorecard.json") == trained


def test_the_scorecard_knows_the_column_that_names_a_lead(train_flat, tmp_path) -> None:
    assert train_flat("leads: {id: key}\n").card.id_column == "key"


def test_the_usual_id_column_is_left_empty(card) -> None:
    assert card.id_column == ""


def test_the_command_that_meets_a_leak_stops_with_code_6(shared_data, tmp_path) -> None:
    example = REPO / "examples" / "xeducation"
    text = (example / "train.yaml").read_text("utf-8")
    listed = text[text.index("knows_future:") : text.index("known_from:")]
    (tmp_path / "train.yaml").write_text(text.replace(listed, ""), "utf-8")
    (tmp_path / "agreement.yaml").write_text((example / "agreement.yaml").read_text("utf-8"), "utf-8")
    command = [sys.executable, "-m", "serving.cli", "train", str(tmp_path / "train.yaml")]
    options = ["--data", str(shared_data("xeducation.csv.gz")), "--home", str(tmp_path / "home")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "Asymmetrique Profile Score" in done.stderr
    assert not (tmp_path / "home").exists()


def test_no_run_is_left_open(two) -> None:
    assert mlflow.active_run() is None
