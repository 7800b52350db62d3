import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from features.moments import SECOND, now
from serving.webhooks.message import Message, payload
from serving.webhooks.signing import headers, new_secret

words = st.text(max_size=30)


@given(words, st.dictionaries(words, words | st.floats(allow_nan=False, allow_infinity=False)))
def test_every_message_is_verified_by_the_library_of_the_standard(lead_id: str, data: dict[str, object]) -> None:
    secret, text = new_secret(), payload(Message("lead.scored", lead_id, "leads", now(), data))
    assert Webhook(secret).verify(text, headers("msg_1", now(), text, [secret])) == json.loads(text)


@given(words.filter(lambda text: text != "body"))
def test_another_body_is_not_verified(other: str) -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(other, headers("msg_1", now(), "body", [secret]), json_parse=False)


def test_both_secrets_verify_while_one_replaces_the_other() -> None:
    new, old = new_secret(), new_secret()
    signed = headers("msg_1", now(), "{}", [new, old])
    assert Webhook(new).verify("{}", signed) == Webhook(old).verify("{}", signed) == {}


def test_another_secret_does_not_verify() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify("{}", headers("msg_1", now(), "{}", [new_secret()]))


def test_the_timestamp_is_that_of_the_attempt_in_whole_seconds() -> None:
    at = 1_614_265_330 * SECOND + 999_999
    assert headers("msg_1", at, "{}", [new_secret()])["webhook-timestamp"] == "1614265330"


def test_the_example_of_the_standard() -> None:
    secret, text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330 * SECOND, text, [secret])
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_old_attempt_is_not_verified() -> None:
    secret, then = new_secret(), now() - timedelta(minutes=6) // timedelta.resolution
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify("{}", headers("msg_1", then, "{}", [secret]))
