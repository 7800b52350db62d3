"""One version of a program, made ready: its scorer, its rules, and what of a lead they read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from features.agreement import Agreement
from features.segments import SegmentRules
from serving.leads.facts import Needs, needs_of
from serving.process.moves import ProcessRules
from serving.scorer import Scorer
from training.scorecard import Scorecard, encode

LEADS: Final = "leads"
CUSTOMERS: Final = "customers"


@dataclass(frozen=True)
class InService:
    """What scores and places the leads of a program, until another version takes its place.

    checksum: of the scorecard's file, by which a score finds it again; document: that file
    """

    program: str
    scorer: Scorer
    checksum: str
    document: str
    needs: Needs
    process: ProcessRules
    segments: SegmentRules

    @property
    def card(self) -> Scorecard:
        """The scorecard."""
        return self.scorer.card

    @property
    def agreement(self) -> Agreement:
        """The agreement within it."""
        return self.scorer.card.agreement

    def speaking(self, language: str) -> "InService":
        """The same, whose scorer speaks a language of the catalogue where nobody asks for another."""
        return replace(self, scorer=self.scorer.speaking(language))


def in_service(program: str, card: Scorecard, renamed: Mapping[str, str] | None = None) -> InService:
    """Make a scorecard ready to serve a program; ``renamed``: as in ``ProcessRules``."""
    document = encode(card)
    return InService(
        program=program,
        scorer=Scorer(card),
        checksum="sha256:" + hashlib.sha256(document).hexdigest(),
        document=document.decode(),
        needs=needs_of(card.features, card.agreement),
        process=ProcessRules(card.agreement, renamed),
        segments=SegmentRules(card.agreement, card.missing_values),
    )
