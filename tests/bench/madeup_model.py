"""A model of the made-up company, and one of its leads with ten events, for benchmarks."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from engine_yardsticks import FEATURES
from msgspec.structs import replace

from features.catalogfile import Declared
from features.loading import load_agreement
from features.moments import DAY, now
from features.tables import Event, Lead
from training.assemble import load_dataset
from training.config import Learner, load_config
from training.dataset import Dataset
from training.fitting import fit_scorecard
from training.madeup.company import make_company, write_company
from training.scorecard import Scorecard


class Made(NamedTuple):
    """The scorecard, the data it came from, and a lead."""

    card: Scorecard
    data: Dataset
    settings: Learner
    lead: Lead


@cache
def madeup_model(leads: int = 3_000, *, yardsticks: bool = False) -> Made:
    """Train once a process; ``yardsticks``: with the forty event features beside the agreement's facts."""
    folder = Path(str(files("training.madeup")))
    config, agreement = load_config(folder / "train.yaml"), load_agreement(folder / "agreement.yaml")
    if yardsticks:
        more = tuple(Declared(name=f.name, label=f.label, kind=f.kind, type=f.type, source=f.source) for f in FEATURES)
        config = replace(config, features=more)
    with TemporaryDirectory() as data_folder:
        where = Path(data_folder)
        write_company(make_company(leads), where)
        data = load_dataset(config, agreement, where / "leads.csv", where)
    card = fit_scorecard(config.name, data, agreement, config.learner).blend
    return Made(card, data, config.learner, madeup_lead())


def madeup_lead() -> Lead:
    """A lead with ten events of the last three weeks."""
    profile = {
        "email": "kim@acme.example",
        "job_title": "Head of IT",
        "industry": "software",
        "employees": 320,
        "country": "Germany",
        "source": "webinar",
    }
    kinds = [("page_view", {"path": p}) for p in ("/pricing", "/product/a", "/blog/x", "/docs/y", "/pricing/b")]
    kinds += [("email_opened", {}), ("email_clicked", {}), ("webinar_attended", {}), ("trial_started", {})]
    kinds += [("page_view", {"path": "/product/c"})]
    start = now()
    events = tuple(Event(k, start - (2 * i + 1) * DAY, p, f"e{i}") for i, (k, p) in enumerate(kinds))
    return Lead("bench", profile, events)
