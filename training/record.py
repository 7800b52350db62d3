"""What is kept of a training run: what it was made with, what it found, and what it predicted."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.config import TrainConfig
from training.dataset import Dataset
from training.guard.report import GuardReport
from training.measures import Measures
from training.predictions import predictions_table
from training.provenance import environment
from training.registry.runs import Run
from training.scorecard import Scorecard
from training.timing import Timing


class Found(NamedTuple):
    """What a run found on its later leads.

    measures, predictions: by the name of the prediction, such as ``blend``
    timing: whether the blend tells when leads convert
    guard: what looked as if it knew the future, and the answers
    """

    measures: Mapping[str, Measures]
    predictions: Mapping[str, NDArray[np.float64]]
    timing: Timing
    charts: Mapping[str, alt.TopLevelMixin]
    guard: GuardReport


class Cards(NamedTuple):
    """The scorecard that is registered, and the one that was tested before it learned from all leads."""

    registered: Scorecard
    tested: Scorecard


def run_of(config: TrainConfig, config_path: Path, data: Dataset, later: Dataset, cards: Cards, found: Found) -> Run:
    """The record of a run on all ``data``, tested on the ``later`` part."""
    card, tested = cards
    return Run(
        card=card,
        tested=tested,
        params=_params(config, data, card),
        metrics=_metrics(card, found),
        files=dict(_files(config, config_path, found)),
        predictions=predictions_table(later, found.predictions),
        charts=found.charts,
        example=data.profile.head(5),
        data_name=config.name,
    )


def measured(measures: Measures) -> dict[str, float]:
    """The measures that could be measured."""
    return {what: value for what, value in measures._asdict().items() if value is not None and isfinite(value)}


def _params(config: TrainConfig, data: Dataset, card: Scorecard) -> dict[str, object]:
    history = card.history
    return {
        "leads": history.leads if history else 0,
        "snapshots": len(data),
        "facts": len(card.features),
        "train_share": config.train_share,
        "code_version": history.code_version if history else "",
        "data_fingerprint": data.fingerprint,
        **{f"learner.{k}": getattr(config.learner, k) for k in ("bags", "bins", "folds", "seed")},
    }


def _metrics(card: Scorecard, found: Found) -> dict[str, float]:
    metrics = {
        f"{name.replace(' ', '_')}.{what}": value
        for name, row in found.measures.items()
        for what, value in measured(row).items()
    }
    among = found.timing.among_converters
    if among is not None:
        metrics |= {"timing_auc_low": among.low, "timing_auc_high": among.high}
    return metrics | {name: getattr(card, name) for name in ("weight_of_history", "scale_a", "scale_b")}


def _files(config: TrainConfig, config_path: Path, found: Found) -> Iterator[tuple[str, str]]:
    yield "config/train.yaml", config_path.read_text("utf-8")
    for name, file in (("agreement", config.agreement), ("features", config.catalog)):
        if file:
            yield f"config/{name}.yaml", (config_path.parent / file).read_text("utf-8")
    table = pd.DataFrame({name: row._asdict() for name, row in found.measures.items()}).T
    yield "measures.csv", table.to_csv(index_label="prediction")
    yield "timing.txt", found.timing.sentence + "\n"
    yield "guard.json", json.dumps(found.guard.plain(), indent=1, ensure_ascii=False) + "\n"
    yield "environment.json", json.dumps(environment(), indent=1) + "\n"
