"""What a crash test says in the end, and what it says when something is wrong."""

from collections import Counter
from dataclasses import dataclass, field


class Broken(AssertionError):
    """Something is wrong; how to do the rounds again is in it."""


@dataclass
class Figures:
    """What happened in all rounds together.

    acknowledged: by kind; answers: by status; harm: beside the kills
    webhooks: that were due, and all delivered; heard: attempts that arrived, all of which verify
    """

    rounds: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    harm: Counter[str] = field(default_factory=Counter)
    scores_replayed: int = 0
    webhooks: int = 0
    heard: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"""{self.rounds} rounds in {self.seconds:.0f} s, nothing lost, nothing doubled
  acknowledged: {dict(self.acknowledged)}; answers: {dict(self.answers)}
  done to it, beside the kills: {dict(self.harm)}
  scores that replay to the bit: {self.scores_replayed}
  webhooks due: {self.webhooks}, all delivered; attempts that arrived, all verified: {self.heard}"""
