"""The headers of a page: nothing from elsewhere, no script or style in the page itself, no foreign frame."""

from collections.abc import Sequence

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no link ever leaves in a Referer; forms still say which page they are of
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def page_headers(frames: Sequence[str] = (), *, https: bool = False) -> dict[str, str]:
    """The headers; ``frames``: the origins in whose frames the page may stand (CSP ``frame-ancestors``), else none.

    https: whether browsers are to insist on it from now on

    >>> page_headers(["https://crm.example"])["Content-Security-Policy"].rpartition("; ")[2]
    'frame-ancestors https://crm.example'
    """
    framing = {} if frames else {"X-Frame-Options": "DENY"}  # it cannot name origins
    policy = _POLICY.format(frames=" ".join(frames) or "'none'")
    return {"Content-Security-Policy": policy} | framing | _ALWAYS | (_HTTPS if https else {})
