"""Where somebody goes after signing in: a page of ours, never elsewhere."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request

LONGEST = 2_000


def local(wanted: str) -> str:
    r"""The page that was asked for, or the first one where that is none of ours.

    >>> [local(p) for p in ("/model?v=2", "//evil.example", "https://evil.example/", "/\\evil.example", "/\t/x", "x")]
    ['/model?v=2', '/', '/', '/', '/', '/']
    """
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    plain = wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST
    ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.scheme and not parts.netloc
    return wanted if plain and ours else "/"


def sign_in_for(request: Request) -> str:
    """The address of the page that asks who it is, and leads back here."""
    path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or quote(request.scope["path"])
    query = request.url.query
    return f"/signin?next={quote(f'{path}?{query}' if query else path, safe='/')}"
