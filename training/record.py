"""What is kept of a training run: what it was made with, what it found, and what it predicted."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict as asdict_of
from math import isfinite
from typing import NamedTuple

import altair as alt
import msgspec
import numpy as np
import pandas as pd
from msgspec.structs import asdict
from numpy.typing import NDArray

from training.config import TrainConfig
from training.dataset import Dataset
from training.drift.profile import FILE as REFERENCE
from training.drift.profile import encode, reference_of
from training.guard.report import GuardReport
from training.intervals import Judged
from training.leads import Leads
from training.learn.learner import Findings
from training.measures import Measures
from training.modelcard.content import Source, content_of
from training.modelcard.page import page
from training.predictions import predictions_table
from training.provenance import environment
from training.registry.runs import Run
from training.review.layout import rewritten
from training.scorecard import Scorecard
from training.timing import Timing

WITH_INTERVALS = ("auc", "log_loss", "brier", "calibration_error")


class Found(NamedTuple):
    """What a run found on its later leads, and on the way.

    predictions, judged: by the name of the prediction, such as ``blend``
    timing: whether the blend tells when leads convert
    guard: what looked as if it knew the future, and the answers
    findings: what the learner chose; None where there was nothing to learn from
    """

    predictions: Mapping[str, NDArray[np.float64]]
    judged: Judged
    timing: Timing
    charts: Mapping[str, alt.TopLevelMixin]
    guard: GuardReport
    findings: Findings | None


class Parts(NamedTuple):
    """The leads: all of them, those learned from before the test, and the later ones that were tested on."""

    everything: Dataset
    first: Dataset
    later: Dataset


class Cards(NamedTuple):
    """The scorecard that is registered, and the one that was tested before it learned from all leads."""

    registered: Scorecard
    tested: Scorecard


def run_of(leads: Leads, parts: Parts, cards: Cards, found: Found) -> Run:
    """The record of a run, its model card included."""
    config, data = leads.config, parts.everything
    files, versions = dict(_files(leads, found)), environment()
    files["environment.json"] = _json(versions)
    learned_from = data if config.fit_on_all else parts.first
    files[REFERENCE] = encode(reference_of(cards.registered, learned_from))
    seen = (found.judged, found.timing, found.guard, found.findings, found.charts)
    source = Source(parts.first, parts.later, learned_from, *seen, files, versions)
    return Run(
        card=cards.registered,
        tested=cards.tested,
        params=_params(config, data, cards.registered),
        metrics=_metrics(cards.registered, found),
        files=files,
        predictions=predictions_table(parts.later, found.predictions),
        charts=found.charts,
        example=data.profile.head(5),
        data_name=config.name,
        page=lambda card: page(content_of(source, card)),
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
        **{f"learner.{k}": v for k, v in asdict(config.learner).items() if k != "jobs"},
    }


def _metrics(card: Scorecard, found: Found) -> dict[str, float]:
    judged = found.judged
    metrics = {
        f"{name.replace(' ', '_')}.{what}": value
        for name, row in judged.measures.items()
        for what, value in measured(row).items()
    }
    for what in WITH_INTERVALS:
        _, low, high = judged.interval("blend", what)
        metrics |= {f"blend.{what}_{end}": at for end, at in (("low", low), ("high", high)) if isfinite(at)}
    among = found.timing.among_converters
    if among is not None:
        metrics |= {"timing_auc_low": among.low, "timing_auc_high": among.high}
    return metrics | {name: getattr(card, name) for name in ("weight_of_history", "scale_a", "scale_b")}


def configuration_files(leads: Leads) -> Iterator[tuple[str, str]]:
    """The configuration, its agreement and its catalog by path, as they were; so that it can be trained from again,
    the configuration names the two by the names under which they are kept.
    """
    text, config = leads.path.read_text("utf-8"), leads.config
    files = {"agreement": ("agreement.yaml", config.agreement), "catalog": ("features.yaml", config.catalog)}
    named = {key: kept for key, (kept, file) in files.items() if file not in (None, kept)}
    yield "config/train.yaml", rewritten(text, lambda data: data.update(named)) if named else text
    for kept, file in files.values():
        if file:
            yield f"config/{kept}", (leads.path.parent / file).read_text("utf-8")


def _files(leads: Leads, found: Found) -> Iterator[tuple[str, str]]:
    yield from configuration_files(leads)
    table = pd.DataFrame({name: row._asdict() for name, row in found.judged.measures.items()}).T
    yield "measures.csv", table.to_csv(index_label="prediction")
    if found.findings is not None:
        yield "findings.json", _json(asdict_of(found.findings))
    yield "timing.txt", found.timing.sentence + "\n"
    yield "guard.json", _json(found.guard.plain())


def _json(content: object) -> str:
    """JSON to be read by people; what no JSON number can be, such as an infinite memory, is null."""
    return msgspec.json.format(msgspec.json.encode(content, enc_hook=str), indent=1).decode() + "\n"
