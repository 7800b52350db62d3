"""Receivers of webhooks that are slow, gone, or lead elsewhere: nobody who asks the service notices."""

from collections.abc import Callable, Iterator
from statistics import median

import pytest
from asking import SOON, Asking
from killable import Killable
from receiver import Receiver, Reply, silent

from serving.webhooks.settings import WebhookSettings


@pytest.fixture
def receive() -> Iterator[Callable[[Reply], Receiver]]:
    opened: list[Receiver] = []

    def open_one(reply: Reply) -> Receiver:
        opened.append(Receiver(reply))
        return opened[-1]

    yield open_one
    for receiver in opened:
        receiver.close()


def test_callers_do_not_wait_for_receivers(
    serve: Callable[..., Killable], asks: Callable[[Killable], Asking], receive: Callable[[Reply], Receiver]
) -> None:
    ask = asks(serve(webhooks=WebhookSettings(allow_private=True, timeout=5.0), grace=1))
    elsewhere = receive(200)

    def redirect(handler: object) -> None:
        handler.answer(302, Location=elsewhere.url)  # type: ignore[attr-defined]

    slow, leads_on, well = receive(silent), receive(redirect), receive(200)
    urls = [*(f"{slow.url}/{n}" for n in range(6)), leads_on.url, "http://127.0.0.1:9/nobody", well.url]
    for url in urls:
        assert ask("POST", "/v1/webhooks", {"url": url}).status == 201
    asked = [ask.identify(f"L-{n}") for n in range(15)]
    asked += [
        answered for n in range(15) for answered in (ask.score(), ask.get("/v1/leads"), ask.track(f"L-{n}", f"m-{n}"))
    ]
    assert slow.wait_for(6)
    assert {answered.status for answered in asked} == {200}
    assert median(answered.seconds for answered in asked) < SOON / 4
    assert well.wait_for(30)
    assert elsewhere.got == []
