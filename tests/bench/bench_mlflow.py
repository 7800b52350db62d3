"""``POST /v1/score`` against ``mlflow models serve`` of the same scorecard: requests a second, the same lead each time.

MLflow is given one row a request, as its signature has it (the lead's columns, its events as JSON). Twice: the model as
training registers it, which answers the score alone, and with a column of all terms, which is less than our answer has
(no interval, stages, moves or reasons). One process each, in turn; one client.
"""

import json
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import mlflow
from bench_scorer import lead_as_json
from figures import Figure, at_least
from load import Rate, Target, answer, rate
from madeup_model import madeup_model
from servers import leadscore, mlflow_served

from features.moments import iso, now
from training.registry.model import signature
from training.scorecard import Scorecard, save

CONNECTIONS, TURNS, OURS, THEIRS = 4, 15, 1_000, 60
WAYS = {
    "its score alone": files("training") / "mlflow_model.py",
    "with its terms": Path(__file__).parent / "mlflow_terms.py",
}


def run() -> list[Figure]:
    """Measure all in turn."""
    card, body = madeup_model().card, lead_as_json()
    with TemporaryDirectory() as made, ExitStack() as running:
        folder = Path(made)
        models = [_model(card, folder, what) for what in WAYS]
        ours = Target(running.enter_context(leadscore(folder, card, "--no-jobs")), "/v1/score")
        served = [running.enter_context(mlflow_served(model, folder)) for model in models]
        theirs, row = [Target(server, "/invocations") for server in served], _row(card, body)
        _same(answer(ours, body), *(answer(target, row) for target in theirs))
        turns = [
            [_rate(ours, body, OURS), *(_rate(target, row, THEIRS) for target in theirs)] for _ in range(TURNS + 1)
        ]
    return _figures(turns[1:])


def _figures(turns: list[list[Rate]]) -> list[Figure]:
    figures = [Figure("mlflow: /v1/score", median(turn[0].per_second for turn in turns), "requests/s")]
    for i, what in enumerate(WAYS, 1):
        rates, processor = [t[0].per_second / t[i].per_second for t in turns], [t[i].processor for t in turns]
        name, ratio = f"mlflow: ours over models serve, {what}", median(rates)
        figures += [
            Figure(f"mlflow: models serve, {what}", median(t[i].per_second for t in turns), "requests/s"),
            Figure(f"mlflow: models serve, {what}, processor time", median(processor), "microseconds"),
            at_least(name, ratio, "ratio", 20) if "terms" in what else Figure(name, ratio, "ratio"),
        ]
    ours = median(turn[0].processor for turn in turns)
    return [*figures, Figure("mlflow: /v1/score, processor time", ours, "microseconds")]


def _rate(target: Target, body: bytes, times: int) -> Rate:
    return rate(target, [body] * times, CONNECTIONS)


def _model(card: Scorecard, folder: Path, what: str) -> Path:
    path = folder / f"model {what}".replace(" ", "-")
    save(card, folder / "scorecard.json")
    mlflow.pyfunc.save_model(
        path,
        python_model=str(WAYS[what]),
        artifacts={"scorecard": str(folder / "scorecard.json")},
        signature=signature(card.features),
        pip_requirements=["mlflow"],
    )
    return path


def _row(card: Scorecard, body: bytes) -> bytes:
    lead = json.loads(body)
    fields = {f.source.field for f in card.features if f.source.field}
    row = {name: value for name, value in lead["profile"].items() if name in fields}
    row |= {"events": json.dumps(lead["events"]), "as_of": iso(now())}
    return json.dumps({"dataframe_records": [row]}).encode()


def _same(ours: bytes, alone: bytes, terms: bytes) -> None:
    """Raise AssertionError unless all three give the same score, and the terms are there."""
    score, (one,), (other,) = json.loads(ours), json.loads(alone)["predictions"], json.loads(terms)["predictions"]
    assert abs(score["score"] - one["score"]) < 1e-3, (score["score"], one)
    assert abs(score["score"] - other["score"]) < 1e-3, (score["score"], other)
    assert other["terms"].keys() == {t["fact"] for t in score["terms"]}, other["terms"]
