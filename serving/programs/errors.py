"""What can be wrong with a request about an agreement."""

from features.errors import AgreementError


class NoSuchAgreement(AgreementError):
    """The store has no agreement of this hash in the program."""


class NotAdoptable(AgreementError):
    """The agreement cannot take hold as things stand; ``do`` says what must come first."""
