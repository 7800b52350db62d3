"""The headers of a page: nothing from elsewhere, no script or style in the page itself, no foreign frame."""

from collections.abc import Sequence

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)


def page_headers(frames: Sequence[str] = ()) -> dict[str, str]:
    """The headers; ``frames``: the origins in whose frames the page may stand (CSP ``frame-ancestors``), else none.

    >>> page_headers(["https://crm.example"])["Content-Security-Policy"].rpartition("; ")[2]
    "frame-ancestors https://crm.example"
    """
    return {
        "Content-Security-Policy": _POLICY.format(frames=" ".join(frames) or "'none'"),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language, Cookie",
    }
