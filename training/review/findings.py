"""All that a review of a configuration's agreement finds: verdicts, what is missing, the proposal and its effect."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.errors import AgreementError
from training.guard.guard import guard
from training.leads import Leads
from training.review.effect import Effect, effect_of, read_asked
from training.review.proposal import Proposal, propose
from training.review.review import Review, review
from training.review.special import Hits, hits_of


@dataclass(frozen=True)
class Findings:
    """A review, and what follows from it.

    proposal, effect: None where history proposes nothing, or where the proposal does not hold together; ``fault`` then
    says why
    """

    review: Review
    hits: tuple[Hits, ...]
    proposal: Proposal | None = None
    effect: Effect | None = None
    fault: str = ""


def agreement_file(leads: Leads) -> Path:
    """The file of the agreement that a configuration names."""
    return leads.path.parent / leads.config.agreement


def find(leads: Leads, on: date) -> Findings:
    """Review the agreement of a configuration, and propose another; ``on``: the day of the proposal.

    Raises AgreementError, ConfigError, DataError or LeakageError for what cannot be read, or is too little.
    """
    everything, agreement, file = leads.everything, leads.agreement, agreement_file(leads)
    guard(*leads.parts, leads.config)
    found = review(everything, agreement, leads.step)
    asked = read_asked(leads, agreement)
    hits = tuple(hits_of(agreement, asked, everything.leads()[1]))
    try:
        proposal = propose(file.read_text("utf-8-sig"), found, on, file.name)
    except AgreementError as error:
        return Findings(found, hits, fault=f"{error.what} ({error.where}: {error.got})")
    if proposal is None:
        return Findings(found, hits)
    missing_values = leads.config.leads.missing_values
    return Findings(found, hits, proposal, effect_of(agreement, proposal.agreement, everything, asked, missing_values))
