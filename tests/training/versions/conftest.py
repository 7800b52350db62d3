"""Homes with a real registry, and versions whose probabilities are known, made without training."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Conversion, Fact
from training.predictions import predictions_table
from training.registry.champion import make_champion
from training.registry.moves import moved
from training.registry.place import Registry
from training.registry.runs import Run, register
from training.registry.versions import Version
from training.scorecard import History, Scorecard, rules_only

MOST = 5_000
NAME = "leadscore-test"

MakeCard = Callable[..., Scorecard]
MakeVersion = Callable[..., Version]
MakeLeads = Callable[..., object]
CopyHome = Callable[[Path, Path], None]


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A home with an empty registry."""
    (tmp_path / "home").mkdir()
    shutil.copy(template, tmp_path / "home" / "mlflow.db")
    return tmp_path / "home"


@pytest.fixture
def registry(home: Path) -> Registry:
    return Registry.embedded(home)


@pytest.fixture(scope="session")
def make_card(make_agreement: Callable[..., Agreement]) -> MakeCard:
    """A scorecard that gives a probability of ``1 / (1 + exp(-(a + b * size)))``.

    until: up to when it has learned outcomes; None for a scorecard of an earlier release, which does not say
    """

    def make(
        a: float = 0.0, b: float = 1.0, until: float | None = 0.0, horizon: float = 30.0, field: str = "size"
    ) -> Scorecard:
        agreement = make_agreement(fit=[Fact(fact="size", field=field, points_each=1.0)])
        said = Conversion(definition="buys", stage="Customer", horizon_days=horizon)
        history = History(leads=100, converted=50, trained_at="2026-01-01", data_fingerprint="sha256:0")
        history = replace(history, known_until=until)
        as_from_a_file = msgspec.convert(msgspec.to_builtins(replace(agreement, conversion=said)), Agreement)
        card = rules_only(as_from_a_file)
        return replace(card, name="test", model_version="unregistered", scale_a=a, scale_b=b, history=history)

    return make


@pytest.fixture(scope="session")
def make_leads(make_dataset: Callable[..., object]) -> MakeLeads:
    """``n`` leads, one a day from the first on, of a size between -3 and 3; ``1 / (1 + exp(-size))`` convert."""

    def make(n: int = 600, first: int = 1, seed: int = 0):
        random = np.random.default_rng(seed)  # so that a lead is the same however many there are
        size, lot = random.uniform(-3, 3, MOST), random.uniform(size=MOST)
        size, lot = (values[first - 1 : first - 1 + n] for values in (size, lot))
        converted = lot < 1 / (1 + np.exp(-size))
        when = [float(day) for day in range(first, first + n)]
        leads = list(range(first, first + n))
        return make_dataset(converted.astype(int).tolist(), when=when, leads=leads, size=size.tolist())

    return make


@pytest.fixture
def make_version(registry: Registry) -> MakeVersion:
    """Register a version of a card, tested on leads; ``tested``: by another card than the registered one."""
    return partial(registered, registry)


def registered(registry: Registry, card: Scorecard, leads=None, tested: Scorecard | None = None) -> Version:
    predictions = None if leads is None else predictions_table(leads, {"blend": probability(tested or card, leads)})
    run = Run(
        card=card,
        params={},
        metrics={},
        files={},
        charts={},
        example=pd.DataFrame({"size": [1.0]}),
        data_name="test",
        tested=tested or card,
        predictions=predictions,
    )
    return register(registry, run)


@pytest.fixture(scope="module")
def crowned(
    template: Path, tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard
) -> tuple[Path, list[Version]]:
    """A home with three versions, each of which was the champion in its turn. Read only."""
    home = tmp_path_factory.mktemp("crowned")
    shutil.copy(template, home / "mlflow.db")
    registry = Registry.embedded(home)
    versions = [registered(registry, make_card(b=b)) for b in (1.0, 2.0, 3.0)]
    for version, before in zip(versions, ("", "1", "2"), strict=True):
        make_champion(registry, version, home, moved("promoted", version.version, before=before, reason="better"))
    return home, versions


@pytest.fixture(scope="session")
def copy_home() -> CopyHome:
    """Copy what a home holds into another one but for its artifacts, which stay where they are."""

    def copy(of: Path, to: Path) -> None:
        for name in ("mlflow.db", "scorecard.json"):
            shutil.copy(of / name, to / name)

    return copy


@pytest.fixture
def three(crowned: tuple[Path, list[Version]], home: Path, copy_home: CopyHome) -> list[Version]:
    """The three versions in a home of the test's own; their artifacts stay where they are."""
    copy_home(crowned[0], home)
    return crowned[1]


@pytest.fixture(scope="module")
def court(template: Path, tmp_path_factory, make_card: MakeCard, make_leads: MakeLeads) -> tuple[Path, list[Version]]:
    """A home with a champion that is far too sure, a worse version, and a better challenger, tested on 600 leads."""
    home = tmp_path_factory.mktemp("court")
    shutil.copy(template, home / "mlflow.db")
    registry = Registry.embedded(home)
    versions = [registered(registry, make_card(b=b), make_leads(600)) for b in (4.0, -1.0, 1.0)]
    make_champion(registry, versions[0], home, moved("first", "1", reason="the first"))
    return home, versions


@pytest.fixture
def champion(court: tuple[Path, list[Version]], home: Path, copy_home: CopyHome) -> Version:
    """Version 1, the champion; versions 2 and 3 are a worse one, and a better one, which is the challenger."""
    copy_home(court[0], home)
    return court[1][0]


@pytest.fixture
def worse(court: tuple[Path, list[Version]], champion: Version) -> Version:
    return court[1][1]


@pytest.fixture
def better(court: tuple[Path, list[Version]], champion: Version) -> Version:
    return court[1][2]


def probability(card: Scorecard, leads) -> np.ndarray:
    (size,) = leads.columns
    return 1 / (1 + np.exp(-(card.scale_a + card.scale_b * size.values)))
