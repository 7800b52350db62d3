"""Why a page is not shown, or a form not taken.

PageRefused
├── NotSignedIn     nobody has signed in, or the session has ended
│   └── LinkVoid    a link to a card has expired, was revoked, or was never ours
├── NoRight         the role, or the link, does not reach so far
├── Forged          a form that is not from a page of ours
├── ForeignHost     nobody signs in here, but the request is not from this machine
├── WrongKey        a key that is unknown, revoked or expired
├── NotVouched      what came back from the provider does not say who it is
├── NoRole          it is known who it is, but the key or the provider gives no role here
├── TooOften        too many attempts to sign in
└── ProviderGone    the provider does not answer
"""

from math import ceil

from features.errors import LeadscoreError


class PageRefused(LeadscoreError):
    """A page or a form that this visitor may not have.

    text: the name of its words in the catalogue (``signin.NAME``, and what to do as ``signin.NAME_do``)
    """

    text = ""


class NotSignedIn(PageRefused):
    """Nobody has signed in, or the session has ended."""

    text = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("nobody has signed in, or the session has ended", do="sign in at /signin")


class LinkVoid(NotSignedIn):
    """A link to a card that has expired, was revoked, or was never ours for this lead."""

    text = "link_void"

    def __init__(self) -> None:
        PageRefused.__init__(self, "this link does not open this lead (any more)", do="get a new one, or sign in")


class NoRight(PageRefused):
    """The visitor's role, or the link, does not reach so far."""

    text = "no_right"


class Forged(PageRefused):
    """A form that does not come from a page of ours (CSRF), or from one that is too old."""

    text = "forged"

    def __init__(self) -> None:
        do = "open the page again and send the form once more"
        super().__init__("this form was not made for you by this service, or its page is too old", do=do)


class ForeignHost(PageRefused):
    """Nobody signs in here, but the request is not from a browser on this machine."""

    text = "foreign_host"

    def __init__(self, got: str) -> None:
        do = "have people sign in: leadscore serve --sign-in"
        allowed = "localhost, 127.0.0.1 or [::1], without a proxy"
        super().__init__("without signing in, pages are for this machine only", got=got, allowed=allowed, do=do)


class WrongKey(PageRefused):
    """A key that is unknown, revoked or expired; which of them is not told."""

    text = "wrong_key"

    def __init__(self) -> None:
        super().__init__("the key is unknown, revoked or expired", do="make one: leadscore keys add NAME --role rep")


class NotVouched(PageRefused):
    """What came back from the provider does not say who somebody is."""

    text = "not_vouched"


class NoRole(PageRefused):
    """It is known who somebody is, but neither their key nor their provider gives them a role here."""

    text = "no_role"


class TooOften(PageRefused):
    """Too many attempts to sign in from one address; ``seconds``: until the next may come."""

    text = "too_often"

    def __init__(self, wait: float) -> None:
        self.seconds = ceil(wait)
        super().__init__("too many attempts to sign in", do=f"try again in {self.seconds} seconds")


class ProviderGone(PageRefused):
    """The OpenID Connect provider does not answer, or not as one."""

    text = "provider_gone"
