"""Why a page is not shown, or a form not taken."""

from features.errors import LeadscoreError


class PageRefused(LeadscoreError):
    """A page or a form that this visitor may not have. Its children: NotSignedIn, NoRight, Forged."""


class NotSignedIn(PageRefused):
    """Nobody has signed in, or the session or the link has ended."""


class NoRight(PageRefused):
    """The visitor's role, or the link, does not reach so far."""


class Forged(PageRefused):
    """A form that does not come from a page of ours (CSRF), or from one that is too old."""
