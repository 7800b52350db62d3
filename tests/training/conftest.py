"""What the tests of training share: small data sets and agreements made in the test, and a quick learner."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.agreement import Agreement, Bounds, Conversion, Fact, Stage
from features.catalog import Feature, Source, Value
from features.columns import column_of
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import Learner, load_config
from training.dataset import Dataset
from training.registry.place import Registry, reaching

REPO = Path(__file__).parents[2]

MakeAgreement = Callable[..., Agreement]
MakeDataset = Callable[..., Dataset]
LoadShared = Callable[[str], tuple[Agreement, Dataset]]


@pytest.fixture(scope="session")
def quick() -> Learner:
    """Settings with which a fit takes a moment: for tests that are not about accuracy."""
    return Learner(bags=2, bins=16, folds=2, jobs=1)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an empty registry; to make one takes seconds, to copy it none."""
    home = tmp_path_factory.mktemp("template")
    with reaching(Registry.embedded(home)):
        return home / "mlflow.db"


@pytest.fixture(scope="session")
def make_agreement() -> MakeAgreement:
    """An agreement with the given facts; 10 points double the odds."""

    def make(
        fit: Sequence[Fact] = (), interest: Sequence[Fact] = (), bounds: Bounds | None = None, largest: float = 1.0
    ) -> Agreement:
        return Agreement(
            agreement="test",
            version="1",
            agreed_on=date(2026, 1, 1),
            conversion=Conversion(definition="buys", stage="Customer", horizon_days=30),
            points_double_odds=10,
            stages=(
                Stage(stage="Lead", definition="a name", owner="marketing"),
                Stage(stage="Customer", definition="bought", owner="sales", gate="paid"),
            ),
            largest_weight_of_history=largest,
            bounds=bounds,
            fit=tuple(fit),
            interest=tuple(interest),
        )

    return make


@pytest.fixture(scope="session")
def make_dataset() -> MakeDataset:
    """A data set from outcomes and one column of values per fact, in order of time; a lead a row unless told."""

    def make(
        converted: Sequence[int],
        horizon: float = 0.0,
        when: Sequence[float] = (),
        leads: Sequence[int] = (),
        ever: Sequence[int] = (),
        **columns: list[Value],
    ) -> Dataset:
        n = len(converted)
        features = tuple(_feature(name, values) for name, values in columns.items())
        order = np.array(when if len(when) else range(n), dtype=np.float64)
        return Dataset(
            features=features,
            columns=tuple(column_of(f, values) for f, values in zip(features, columns.values(), strict=True)),
            converted=np.array(converted, dtype=np.int64),
            when=order,
            converts_ever=np.array(ever if len(ever) else converted, dtype=np.bool_),
            lead_ids=tuple(f"L-{i}" for i in (leads if len(leads) else range(n))),
            profile=pd.DataFrame(columns, index=range(n)),
            fingerprint="sha256:test",
            horizon=horizon,
            known_until=float(order.max(initial=0.0)) + horizon,
        )

    return make


def _feature(name: str, values: list[Value]) -> Feature:
    number = any(isinstance(v, float) for v in values)
    return Feature(name=name, label=name, kind="fit", type="number" if number else "text", source=Source(field=name))


@pytest.fixture(scope="session")
def madeup(madeup_home: Path) -> tuple[Agreement, Dataset]:
    """The made-up company's agreement, and its leads as a data set."""
    return _load(REPO / "training" / "madeup" / "train.yaml", madeup_home / "madeup" / "leads.csv")


@pytest.fixture(scope="session")
def shared(shared_data: Callable[[str], Path]) -> LoadShared:
    """The agreement of an example, and the data set of its real leads."""
    files = {"xeducation": "xeducation.csv.gz", "bank": "bank_additional.csv.gz"}
    loaded: dict[str, tuple[Agreement, Dataset]] = {}

    def load(name: str) -> tuple[Agreement, Dataset]:
        if name not in loaded:
            loaded[name] = _load(REPO / "examples" / name / "train.yaml", shared_data(files[name]))
        return loaded[name]

    return load


def _load(config_path: Path, leads: Path) -> tuple[Agreement, Dataset]:
    config = load_config(config_path)
    agreement = load_agreement(config_path.parent / config.agreement)
    return agreement, load_dataset(config, agreement, leads, leads.parent)
