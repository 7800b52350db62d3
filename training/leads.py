"""The leads that a configuration names, read as its facts say, or as a scorecard reads them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from features.agreement import Agreement
from features.catalog import Feature
from features.loading import load_agreement
from training.assemble import load_configured
from training.config import TrainConfig, load_config
from training.dataset import Dataset
from training.files import Data
from training.fitting import Step
from training.scorecard import Scorecard


@dataclass
class Leads:
    """Leads with their outcomes, from the tables of a configuration file.

    path: the configuration; data: the leads file, the folder of leads, events and outcomes, or the store, instead of
    the configured files; step: told of progress

    Raises AgreementError, ConfigError or DataError when it is asked for what cannot be read.
    """

    path: Path
    data: Data | None = None
    step: Step = lambda *_: None

    @cached_property
    def config(self) -> TrainConfig:
        """The configuration."""
        return load_config(self.path)

    @cached_property
    def agreement(self) -> Agreement:
        """The agreement that it names."""
        return load_agreement(self.path.parent / self.config.agreement)

    @cached_property
    def everything(self) -> Dataset:
        """All leads at all declared moments, with the facts that are declared or derived; read once."""
        return load_configured(self.config, self.agreement, self.path, self.data, self.step)

    @cached_property
    def parts(self) -> tuple[Dataset, Dataset]:
        """The first leads in time, to learn from, and the later ones, to test on; those whose outcome is known."""
        matured = self.everything.matured(self.agreement.conversion.horizon_days)
        return matured.split(self.config.train_share)

    def read(self, card: Scorecard) -> Dataset:
        """The same leads at the same moments, with the facts that a scorecard reads, without the pairs that stand last.

        What the scorecard as it was tested makes pairs of is the same, so that it can be evaluated on them too.
        """
        declared = self.everything.features
        of = card.features[: len(declared)]
        if of == declared and card.agreement == self.agreement and not _alone(card.features[len(of) :]):
            return self.everything
        reader = replace(card, features=_alone(card.features))
        return load_configured(self.config, self.agreement, self.path, self.data, self.step, reader=reader)


def _alone(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The features but for the pairs that stand last, which follow from the others."""
    kept = len(features)
    while kept and features[kept - 1].source.pair is not None:
        kept -= 1
    return features[:kept]
