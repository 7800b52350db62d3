"""What can be wrong with a request about a stored lead."""

from features.errors import LeadError


class NoSuchLead(LeadError):
    """The store has no lead of this id, or not in this program."""


class NoSuchScore(LeadError):
    """The store has no score of this number."""
