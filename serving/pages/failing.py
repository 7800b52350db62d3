"""What went wrong, in words for people: of the errors that they meet on pages, not those of who calls the API."""

from features.errors import LeadscoreError
from serving.leads.errors import NoSuchLead
from serving.programs.errors import NoSuchAgreement
from serving.programs.programs import NoSuchProgram
from serving.store.database import StoreUnavailable
from serving.words.words import Words

_NAMED: tuple[tuple[type[LeadscoreError], str], ...] = (
    (NoSuchLead, "no_lead"),
    (NoSuchProgram, "no_program"),
    (NoSuchAgreement, "no_version"),
    (StoreUnavailable, "no_store"),
)


def in_words(t: Words, error: LeadscoreError) -> dict[str, str]:
    """What is wrong and what to do, in the reader's language; nothing where the error says it best itself."""
    return next((_told(t, name) for kind, name in _NAMED if isinstance(error, kind)), {})


def of_address(t: Words) -> dict[str, str]:
    """The same of an address that no page has."""
    return _told(t, "bad_address")


def _told(t: Words, name: str) -> dict[str, str]:
    return {"what": t(f"page.{name}"), "do": t(f"page.{name}_do")}
