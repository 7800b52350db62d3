"""One training run, readable top to bottom: data, guard, fit, test on later leads, fit on all, register."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import altair as alt
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Agreement
from features.errors import ConfigError, DataError
from training.additive import AdditiveScorer
from training.config import TrainConfig
from training.dataset import Dataset
from training.evaluate import compare
from training.files import Data
from training.fitting import Fitted, Step, fit_scorecard
from training.guard.guard import guard
from training.intervals import Rows, draws_for, judge
from training.leads import Leads
from training.measures import Measures
from training.plots import calibration_chart, example_chart, gains_chart, points_chart, score_chart
from training.provenance import code_version
from training.record import Cards, Found, Parts, measured, run_of
from training.registry.champion import MovedError, make_champion, refuse_other_model, settle
from training.registry.moves import moved
from training.registry.place import Registry, model_name
from training.registry.runs import register
from training.registry.versions import CHALLENGER, CHAMPION, Version, card_of
from training.scorecard import History, Scorecard
from training.timing import Timing, timing


class Result(NamedTuple):
    """What a run brought: measures and pictures on the test leads, and the registered version.

    trained_on, tested_on: leads; trained_rows, tested_rows: their snapshots, as many unless a lead has several
    timing: whether the blend tells when leads convert, or only who does
    role: "champion" for the first version of a model, else "challenger"
    left_out: leads of the table in neither part: closed before their moment, their horizon not passed by the
    export, or not passed when the later part begins
    """

    measures: dict[str, Measures]
    card: Scorecard
    version: Version
    trained_on: int
    tested_on: int
    trained_rows: int
    tested_rows: int
    timing: Timing
    left_out: int
    charts: dict[str, alt.TopLevelMixin]
    role: str = CHALLENGER


def train(
    config_path: Path,
    home: Path,
    *,
    data: Data | None = None,
    registry: Registry | None = None,
    step: Step = lambda *_: None,
) -> Result:
    """Train by a configuration file, and register the scorecard as the challenger.

    The first version of a model is made the champion at once; later ones are by ``training.promotion``.

    data: the leads file, the folder of leads, events and outcomes, or the store, instead of the configured files.
    Raises AgreementError, ConfigError, DataError or LeakageError before anything is written.
    """
    return train_on(Leads(config_path, data, step), home, registry)


def train_on(leads: Leads, home: Path, registry: Registry | None = None) -> Result:
    """As ``train``, on leads that may have been read already."""
    config, agreement, step = leads.config, leads.agreement, leads.step
    _refuse_home(home, config.name)
    step("reading", 0, 1)
    everything = leads.everything
    first, later = leads.parts
    _refuse_thin(first, later)
    once = first.once()
    report = guard(first, later, config)
    fitted = _fit(config, first, agreement, step)
    predictions = compare(fitted, first, later, step)
    when = timing(later, predictions["blend"])
    rows = Rows.of(later, timing=when.among_converters is not None)
    judged = judge(rows, predictions, draws=draws_for(len(later)), step=step)
    measures = dict(judged.measures)
    final = _fit(config, everything, agreement, step).blend if config.fit_on_all else fitted.blend
    tested = _card(config, fitted.blend, first, measures["blend"])
    card = _card(config, final, everything, measures["blend"]) if config.fit_on_all else tested
    step("registering", 0, 1)
    charts = _charts(fitted, later, rows, predictions)
    found = Found(predictions, judged, when, charts, report, fitted.findings)
    run = run_of(leads, Parts(everything, first, later), Cards(card, tested), found)
    registry = registry or Registry.embedded(home)
    home.mkdir(parents=True, exist_ok=True)
    version = register(registry, run)
    card, role = _exported(registry, version, home)
    step("registering", 1, 1)
    trained_on, tested_on = len(once), len(later.once())
    left_out = everything.leads_in_table - trained_on - tested_on
    counts = len(first), len(later)
    return Result(measures, card, version, trained_on, tested_on, *counts, when, left_out, charts, role)


def _exported(registry: Registry, version: Version, home: Path) -> tuple[Scorecard, str]:
    """The version's scorecard and its role: where there is no champion it becomes one, and is exported."""
    if settle(registry, version.name, home) is None:
        why = moved("first", version.version, reason="the first version of this model")
        with suppress(MovedError):  # another run was faster
            return make_champion(registry, version, home, why), CHAMPION
    return card_of(registry, version), CHALLENGER


def _refuse_home(home: Path, name: str) -> None:
    """Refuse a home that is no folder, or that serves another model: a champion would take its place."""
    file = next((path for path in (home, *home.parents) if path.exists() and not path.is_dir()), None)
    if file is not None:
        raise ConfigError("the home is no folder", where=str(home), got=f"{file} is a file", do="give another --home")
    refuse_other_model(home, model_name(name))


def _refuse_thin(first: Dataset, later: Dataset) -> None:
    for name, part in (("first", first), ("later", later)):
        if int(part.converted.sum()) in (0, len(part)):
            leads = part.once()
            raise DataError(
                f"the {name} part in time has one class only, so there is no honest test",
                got=f"{int(leads.converted.sum())} of {len(leads)} leads converted",
                do="bring more history, or move 'train_share'",
            )


def _id_column(config: TrainConfig) -> str:
    return "" if config.leads.id in (None, "lead_id") else config.leads.id


def _fit(config: TrainConfig, data: Dataset, agreement: Agreement, step: Step) -> Fitted:
    return fit_scorecard(config.name, data, agreement, config.learner, config.leads.missing_values, step)


def _card(config: TrainConfig, card: Scorecard, data: Dataset, measures: Measures) -> Scorecard:
    """The scorecard with what it comes from, and the columns that name a lead and its account in these data."""
    leads = data.once()
    history = History(
        leads=len(leads),
        converted=int(leads.converted.sum()),
        trained_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        data_fingerprint=data.fingerprint,
        known_until=float(data.when.max()) + data.horizon,
        code_version=code_version(),
        metrics=measured(measures),
    )
    return replace(card, history=history, id_column=_id_column(config), account_column=config.leads.account)


Charts = dict[str, alt.TopLevelMixin]


def _charts(fitted: Fitted, later: Dataset, rows: Rows, predictions: Mapping[str, NDArray[np.float64]]) -> Charts:
    scores = AdditiveScorer(fitted.blend).many(later.columns, terms=False).score
    stages = fitted.blend.agreement.stages
    thresholds = {s.stage: s.threshold for s in stages if s.threshold is not None and s.on == "score"}
    charts = {
        "calibration": calibration_chart(later.converted, predictions, rows.whose),
        "gains": gains_chart(later.converted, predictions, periods=rows.periods),
        "scores": score_chart(scores, later.converted, thresholds),
        "points": points_chart(fitted.blend, later),
    }
    examples = fitted.blend.agreement.examples
    return charts | {"example": example_chart(fitted.blend, examples[0])} if examples else charts
