"""The leads that a configuration names, read as its facts say, or as a scorecard reads them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from features.agreement import Agreement
from features.loading import load_agreement
from training.assemble import load_configured
from training.config import TrainConfig, load_config
from training.dataset import Dataset
from training.fitting import Step
from training.scorecard import Scorecard


@dataclass
class Leads:
    """Leads with their outcomes, from the tables of a configuration file.

    path: the configuration; data: the leads file, or the folder of leads, events and outcomes, instead of the
    configured one; step: told of progress

    Raises AgreementError, ConfigError or DataError when it is asked for what cannot be read.
    """

    path: Path
    data: Path | None = None
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

    def read(self, card: Scorecard) -> Dataset:
        """The same leads at the same moments, with the facts that a scorecard reads."""
        if card.features == self.everything.features and card.agreement == self.agreement:
            return self.everything
        return load_configured(self.config, self.agreement, self.path, self.data, self.step, reader=card)
