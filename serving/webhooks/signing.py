"""Secrets and signatures by the rules of Standard Webhooks 1.0."""

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

from features.moments import SECOND

_PREFIX = "whsec_"
_BYTES = 32  # the rules allow 24 to 64


def new_secret() -> str:
    """A secret that nobody can guess, as receivers' libraries take it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, at: int, payload: str, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of an attempt at a moment, with one signature for each secret.

    >>> headers("msg_1", 1_614_265_330 * SECOND, '{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    ... # doctest: +ELLIPSIS
    {'webhook-id': 'msg_1', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,...'}
    """
    seconds = at // SECOND
    signed_at = datetime.fromtimestamp(seconds, UTC)
    signatures = [Webhook(secret).sign(message_id, signed_at, payload) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": " ".join(signatures)}
