"""What a run leaves in MLflow, and what a run that breaks off leaves."""

import json
import os
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from msgspec.structs import replace

from features.errors import RegistryError
from training.registry.place import Registry, reaching
from training.registry.runs import Run, register
from training.registry.versions import CHALLENGER, card_as_tested, card_of, find_or_none, predictions_of
from training.scorecard import load

NAME = "leadscore-test"


def run_of(card, **more) -> Run:
    kept = {"params": {}, "metrics": {}, "files": {}, "charts": {}, "example": pd.DataFrame({"size": [1.0]})}
    return Run(card=card, data_name="test", **kept | more)


@pytest.fixture
def artifact(registry: Registry, tmp_path: Path):
    """The file of a version's run, fetched."""

    def fetch(version, path: str) -> Path:
        with reaching(registry) as client:
            return Path(client.download_artifacts(version.run_id, path, str(tmp_path)))

    return fetch


def test_a_picture_is_kept_to_be_seen_and_to_be_drawn_again(registry, make_card, artifact) -> None:
    chart = alt.Chart(pd.DataFrame({"a": [1]})).mark_point().encode(x="a:Q")
    version = register(registry, run_of(make_card(), charts={"one": chart}))
    assert artifact(version, "plots/one.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(artifact(version, "plots/one.vl.json").read_text("utf-8"))["mark"] == {"type": "point"}


def test_the_card_that_was_tested_is_kept_beside_the_one_that_is_registered(registry, make_card) -> None:
    version = register(registry, run_of(make_card(b=2.0), tested=make_card(b=1.0)))
    assert (card_of(registry, version).scale_b, card_as_tested(registry, version).scale_b) == (2.0, 1.0)


def test_a_version_of_an_earlier_release_has_neither_a_tested_card_nor_predictions(registry, make_card) -> None:
    version = register(registry, run_of(make_card()))
    assert (card_as_tested(registry, version), predictions_of(registry, version)) == (None, None)


def test_predictions_are_kept_as_they_were(registry, make_card) -> None:
    table = pd.DataFrame({"lead_id": ["L-1"], "when": [3.0], "converted": [1], "blend": [0.1 + 0.2]})
    version = register(registry, run_of(make_card(), predictions=table))
    pd.testing.assert_frame_equal(predictions_of(registry, version), table, check_dtype=False)


def test_the_model_card_is_that_of_the_version(registry, make_card, artifact) -> None:
    version = register(registry, run_of(make_card(), page=lambda card: f"{card.model_version} {card.history.run_id}"))
    assert artifact(version, "model_card.html").read_text("utf-8") == f"1 {version.run_id}"


def test_whoever_trains_in_a_notebook_keeps_their_own_experiment(registry, make_card) -> None:
    before = os.environ.get("MLFLOW_EXPERIMENT_ID")  # where MLflow keeps it
    with reaching(registry) as client:
        client.create_experiment("another", registry.artifacts)  # so that ours has another number than in other tests
    version = register(registry, run_of(make_card()))
    assert os.environ.get("MLFLOW_EXPERIMENT_ID") == before
    with reaching(registry) as client:
        experiment = client.get_experiment(client.get_run(version.run_id).info.experiment_id)
        (model,) = client.search_logged_models([experiment.experiment_id])
    assert (experiment.name, model.source_run_id) == (NAME, version.run_id)


def test_a_version_says_what_it_was_made_with(registry, make_card) -> None:
    version = register(registry, run_of(make_card()))
    with reaching(registry) as client:
        tags = client.get_model_version(NAME, version.version).tags
    assert tags["agreement_hash"] == make_card().agreement_hash
    assert tags["data_fingerprint"] == "sha256:0"


def test_a_run_that_breaks_off_is_marked_and_changes_no_alias(registry, home, make_card) -> None:
    def breaks(card):
        raise RuntimeError("no page")

    with pytest.raises(RuntimeError, match="no page"):
        register(registry, run_of(make_card(), page=breaks))
    client = MlflowClient(registry.tracking_uri)
    (experiment,) = client.search_experiments(filter_string=f"name = '{NAME}'")
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FAILED"]
    assert find_or_none(registry, NAME, CHALLENGER) is None


def test_a_name_that_mlflow_does_not_take_is_refused_in_words(registry, make_card) -> None:
    with pytest.raises(RegistryError, match="MLflow refused"):
        register(registry, run_of(replace(make_card(), name="a/b:c")))


def test_no_pickle_is_among_what_is_kept(registry, home, make_card) -> None:
    register(registry, run_of(make_card()))
    files = [p for p in (home / "artifacts").rglob("*") if p.is_file()]
    assert load(next(p for p in files if p.name == "scorecard.json"))
    for path in files:
        assert path.suffix not in {".pkl", ".pickle", ".joblib", ".bin", ".pyc", ".skops"}
        assert not path.read_bytes().startswith(b"\x80")  # how every pickle since protocol 2 begins
