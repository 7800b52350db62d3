"""Which web pages may call from a browser: none, unless their origins are named."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from features.errors import ConfigError

SENT = ("Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "X-Request-ID")
READ = ("X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotent-Replayed", "WWW-Authenticate")


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins call; cookies are never read, so that ``*`` gives nobody another's rights.

    origins: such as ``https://crm.example``, or ``*``; none: no page may
    Raises ConfigError for what is no origin.
    """
    for origin in origins:
        if origin != "*" and not _is_origin(origin):
            allowed = "scheme and host, as in https://crm.example, or *"
            raise ConfigError("not an origin of web pages", where="cors_origins", got=origin, allowed=allowed)
    if origins:
        methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=SENT, expose_headers=READ
        )


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.scheme and parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False
