"""The registered model, loaded by MLflow alone, gives the scores that serving gives."""

import json
import sys
from pathlib import Path

import mlflow
import msgspec
import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Fact, Points
from features.errors import LeadError
from features.moments import moment
from features.reference import Reader
from features.tables import Event, Lead
from training.additive import AdditiveScorer
from training.reading import read_table
from training.registry.model import signature
from training.registry.place import Registry
from training.registry.runs import Run, register
from training.scorecard import History, rules_only

MOMENT = "2026-06-01T00:00:00Z"
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def model(madeup_home: Path):
    mlflow.set_tracking_uri(f"sqlite:///{madeup_home / 'mlflow.db'}")
    return mlflow.pyfunc.load_model("models:/leadscore-madeup@champion")


@pytest.fixture(scope="module")
def rows(madeup_home: Path, card) -> pd.DataFrame:
    """Profiles of 60 leads with their events as JSON and a moment."""
    leads = read_table(madeup_home / "madeup" / "leads.csv").head(60)
    events = read_table(madeup_home / "madeup" / "events.csv").fillna({"properties": "{}"})
    as_json = {
        lead_id: json.dumps([row | {"properties": json.loads(row["properties"])} for row in group.to_dict("records")])
        for lead_id, group in events[["lead_id", "event_id", "at", "type", "properties"]].groupby("lead_id")
    }
    fields = {f.source.field: f.type for f in card.features if f.source.field}
    profile = leads[list(fields)].astype({c: "float64" if t == "number" else object for c, t in fields.items()})
    return profile.assign(events=leads["lead_id"].map(as_json), as_of=MOMENT)


def by_the_scorer(card, rows: pd.DataFrame) -> list:
    """The same leads by reader and scorer."""
    scorer, reader = AdditiveScorer(card), Reader(card.features, card.missing_values)
    scored = []
    for row in rows.replace({np.nan: None}).to_dict("records"):
        sent = json.loads(row.pop("events", None) or "[]")
        events = tuple(Event(e["type"], moment(e["at"]), e["properties"], e["event_id"]) for e in sent)
        scored.append(scorer.one(reader.read(Lead("any", row, events), moment(row.pop("as_of", None) or MOMENT))))
    return scored


def test_rows_with_events_score_as_in_serving(model, card, rows) -> None:
    got, expected = model.predict(rows), by_the_scorer(card, rows)
    assert len({round(e.score, 6) for e in expected}) > 30
    for column in ("score", "probability", "agreed_score"):
        assert np.abs(got[column].to_numpy() - [getattr(e, column) for e in expected]).max() <= TOLERANCE


def test_flat_rows_score_as_in_serving(model, card, rows) -> None:
    flat = rows.drop(columns=["events", "as_of"])
    expected = [e.score for e in by_the_scorer(card, flat)]
    assert np.abs(model.predict(flat)["score"].to_numpy() - expected).max() <= TOLERANCE


def test_events_count_as_of_the_moment(model, rows) -> None:
    scores = [model.predict(rows.assign(as_of=at))["score"].to_numpy() for at in ("2020-01-01", MOMENT)]
    assert (scores[0] != scores[1]).any()


def test_answers_stand_beside_their_rows(model, rows) -> None:
    shuffled = rows.sample(frac=1, random_state=1)
    assert model.predict(shuffled).index.equals(shuffled.index)
    assert model.predict(shuffled).loc[rows.index].equals(model.predict(rows))


def test_a_row_may_leave_every_column_out(model, card) -> None:
    (score,) = model.predict(pd.DataFrame({"industry": ["software"]}))["score"]
    (expected,) = by_the_scorer(card, pd.DataFrame({"industry": ["software"]}))
    assert score == pytest.approx(expected.score, abs=TOLERANCE)


def test_a_text_for_a_number_is_refused(model, rows) -> None:
    with pytest.raises(LeadError, match="'employees' cannot be read as a number"):
        model.predict(rows.assign(employees="many"))


def test_the_training_file_scores_as_it_is(model, madeup_home) -> None:
    leads = pd.read_csv(madeup_home / "madeup" / "leads.csv")
    assert model.predict(leads)["score"].notna().all()


def test_a_text_fact_reads_whole_numbers_and_yes_or_no(tmp_path, make_agreement) -> None:
    points = [("vip", "true", 5.0), ("code", "7", 3.0)]
    facts = [Fact(fact=f, field=f, points=(Points(equals=v, points=p),)) for f, v, p in points]
    staff = Fact(fact="staff", field="staff", points=(Points(at_least=10.0, points=2.0),))
    history = History(leads=2, converted=1, trained_at="", data_fingerprint="sha256:0")
    agreement = msgspec.convert(msgspec.to_builtins(make_agreement(fit=[*facts, staff])), Agreement)  # as from a file
    card = replace(rules_only(agreement), history=history)
    rows = pd.DataFrame({"vip": [True, False], "code": [7, 8], "staff": [20, 5]})
    registry = logged(card, rows, tmp_path)
    mlflow.set_tracking_uri(registry.tracking_uri)
    loaded = mlflow.pyfunc.load_model("models:/leadscore-test/1")
    assert loaded.predict(rows)["score"].tolist() == [5 + 3 + 2, 0]


def logged(card, example: pd.DataFrame, home: Path) -> Registry:
    """A registry of its own that holds the card as version 1, before anything has loaded it."""
    registry = Registry.embedded(home)
    run = Run(card=card, params={}, metrics={}, files={}, charts={}, example=example, data_name="test")
    register(registry, run)
    return registry


def test_no_pickle_and_no_byte_code_is_in_the_logged_model(card, rows, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # as in a shell that sets nothing
    logged(card, rows.head(5), tmp_path)
    assert sys.dont_write_bytecode is False
    files = [p for p in (tmp_path / "artifacts").rglob("*") if p.is_file()]
    assert any(p.name == "scorecard.json" for p in files)
    assert [p for p in files if p.suffix in {".pkl", ".pickle", ".joblib", ".bin", ".pyc"}] == []


def test_the_signature_holds_the_columns_that_are_read(model, card) -> None:
    names = set(model.metadata.signature.inputs.input_names())
    assert names == {f.source.field for f in card.features if f.source.field} | {"events", "as_of"}
    assert not any(model.metadata.signature.inputs.required_input_names())


def test_without_event_facts_the_signature_asks_for_no_events(card) -> None:
    profile = tuple(f for f in card.features if not f.of_events)
    assert "events" not in signature(profile).inputs.input_names()
