"""What becomes of a delivery, by what a real receiver does."""

import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from receiver import Certificate, Handler, Receiver, Reply, silent
from sqlalchemy import update
from standardwebhooks import Webhook
from told import IN_HOUSE, NOW, Outbox

from features.moments import DAY, SECOND, now
from serving.store.schema import webhook_endpoints
from serving.webhooks import endpoints
from serving.webhooks.delivery import MOST_READ
from serving.webhooks.schedule import ATTEMPTS
from serving.webhooks.settings import WebhookSettings

HOST = "hooks.example"
SHORT = msgspec.structs.replace(IN_HOUSE, timeout=0.3)

Receive = Callable[..., Receiver]


@pytest.fixture
def outbox(sqlite_outbox: Outbox) -> Outbox:
    return sqlite_outbox


def drips_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b"x")


def drips_a_body(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b"x")


def sends(raw: bytes) -> Reply:
    def reply(handler: Handler) -> None:
        handler.wfile.write(raw)
        handler.close_connection = True

    return reply


def moves_to(url: str, status: int = 302) -> Reply:
    return lambda handler: handler.answer(status, Location=url)


def told(outbox: Outbox, url: str, settings: WebhookSettings = IN_HOUSE, **how: object) -> tuple[str, str]:
    """The state and the error after one attempt."""
    outbox.endpoint(url)
    outbox.tell()
    outbox.deliver(settings=settings, **how)
    (row,) = outbox.deliveries()
    return row.state, row.last_error


@pytest.mark.parametrize("reply", [200, 201, 202, 204, 299])
def test_an_answer_of_2xx_is_delivered(outbox: Outbox, receive: Receive, reply: int) -> None:
    assert told(outbox, receive(reply).url) == ("delivered", "")


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun",
        b"HTTP/1.0 200 OK\r\n\r\nto the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_the_status_counts_whatever_becomes_of_the_body(outbox: Outbox, receive: Receive, raw: bytes) -> None:
    assert told(outbox, receive(sends(raw)).url) == ("delivered", "")


def test_a_body_that_drips_holds_a_delivery_no_longer_than_its_time(outbox: Outbox, receive: Receive) -> None:
    assert told(outbox, receive(drips_a_body).url, SHORT) == ("delivered", "")


@pytest.mark.parametrize("reply", [400, 401, 404, 413, 429, 500, 502, 503])
def test_another_answer_is_tried_again(outbox: Outbox, receive: Receive, reply: int) -> None:
    assert told(outbox, receive(reply).url) == ("pending", f"answered {reply}")


@pytest.mark.parametrize("reply", [silent, drips_headers])
def test_a_receiver_has_so_much_time_in_all(outbox: Outbox, receive: Receive, reply: Reply) -> None:
    assert told(outbox, receive(reply).url, SHORT) == ("pending", "no answer within 0.3 s")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "the connection broke before an answer came"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 2x OK\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200, "the answer is not HTTP"),
    ],
)
def test_no_answer_of_http_is_tried_again(outbox: Outbox, receive: Receive, raw: bytes, error: str) -> None:
    assert told(outbox, receive(sends(raw)).url) == ("pending", error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_says_so(outbox: Outbox, receive: Receive, status: int) -> None:
    elsewhere = receive()
    state, error = told(outbox, receive(moves_to(elsewhere.url, status)).url)
    assert (state, error) == (
        "pending",
        f"answered {status}: redirects are not followed; send to where this leads",
    )
    assert elsewhere.got == []


def test_a_huge_answer_is_not_read_to_its_end(outbox: Outbox, receive: Receive) -> None:
    written: list[int] = []

    def huge(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            written.append(handler.wfile.write(b"x" * MOST_READ))

    assert told(outbox, receive(huge).url) == ("delivered", "")
    assert sum(written) < 1_000_000_000 / 10


def test_a_port_where_nobody_listens(outbox: Outbox, receive: Receive) -> None:
    gone = receive()
    gone.close()
    assert told(outbox, gone.url) == ("pending", "the connection was refused")


def test_410_disables_the_endpoint_and_buries_what_waits_for_it(outbox: Outbox, receive: Receive) -> None:
    endpoint = outbox.endpoint(receive(410).url)
    outbox.tell()
    outbox.deliver(settings=msgspec.structs.replace(IN_HOUSE, per_endpoint=1))
    outbox.tell()
    assert outbox.find(endpoint).disabled_because == "the receiver answered 410 Gone"
    assert [(row.state, row.attempts) for row in outbox.deliveries()] == [("dead", 1)]


def test_410_buries_what_else_waits(outbox: Outbox, receive: Receive) -> None:
    outbox.endpoint(receive(410).url)
    for _ in range(3):
        outbox.tell()
    outbox.deliver(settings=msgspec.structs.replace(IN_HOUSE, per_endpoint=1))
    assert [(row.state, row.attempts) for row in outbox.deliveries()] == [("dead", 1), ("dead", 0), ("dead", 0)]


def test_what_failed_is_sent_again_with_the_same_id_and_body(outbox: Outbox, receive: Receive) -> None:
    receiver = receive(500, 200)
    told(outbox, receiver.url)
    outbox.deliver(NOW + 10 * SECOND)
    first, second = receiver.got
    assert outbox.states() == ["delivered"]
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 10


def test_nothing_is_sent_again_before_its_time(outbox: Outbox, receive: Receive) -> None:
    receiver = receive(500)
    told(outbox, receiver.url)
    assert outbox.deliver(NOW + 3 * SECOND) == 0


def test_after_ten_attempts_it_is_a_dead_letter(outbox: Outbox, receive: Receive) -> None:
    receiver, at = receive(500), NOW
    outbox.endpoint(receiver.url)
    outbox.tell()
    while outbox.states() == ["pending"]:
        assert outbox.deliver(at) == 1
        at = max(at, outbox.deliveries()[0].next_at)
    assert len(receiver.got) == ATTEMPTS
    assert [(row.state, row.attempts, row.last_status) for row in outbox.deliveries()] == [("dead", ATTEMPTS, 500)]
    assert 2.4 * DAY < at - NOW < 3.8 * DAY


@pytest.mark.parametrize(("status", "waits"), [(429, True), (503, True), (500, False)])
def test_retry_after_is_kept_where_it_has_a_meaning(outbox: Outbox, receive: Receive, status: int, waits: bool) -> None:
    told(outbox, receive(lambda handler: handler.answer(status, Retry_After="3600")).url)
    (row,) = outbox.deliveries()
    assert (row.next_at == NOW + 3600 * SECOND) == waits


def test_a_receiver_can_verify_what_it_gets(outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    endpoint = outbox.endpoint(receiver.url)
    outbox.tell()
    outbox.deliver(now())
    (got,) = receiver.got
    assert Webhook(endpoint.secret).verify(got.body, got.headers)["data"]["lead_id"] == "L-17"


def test_both_secrets_sign_after_a_rotation(outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    old = outbox.endpoint(receiver.url)
    new = outbox.store.write(lambda c: endpoints.rotate(c, now(), old.endpoint_id))
    outbox.tell()
    outbox.deliver(now())
    (got,) = receiver.got
    assert Webhook(old.secret).verify(got.body, got.headers) == Webhook(new.secret).verify(got.body, got.headers)


def test_what_a_request_carries(outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    told(outbox, f"{receiver.url}/in?key=a%20b")
    (got,) = receiver.got
    (row,) = outbox.deliveries()
    assert got.path == "/hook/in?key=a%20b"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["webhook-id"] == row.message_id
    assert got.headers["webhook-timestamp"] == str(NOW // SECOND)


def at(*addresses: str) -> Callable[[str, int, float], Sequence[str]]:
    return lambda host, port, seconds: addresses


def trusting(file: Path) -> WebhookSettings:
    return msgspec.structs.replace(IN_HOUSE, ca_file=file)


def test_the_certificate_is_that_of_the_name_and_the_connection_goes_to_the_address_that_was_judged(
    outbox: Outbox, receive: Receive, certificate: Certificate
) -> None:
    receiver = receive(tls=certificate.server)
    url = f"https://{HOST}:{receiver.port}/hook"
    assert told(outbox, url, trusting(certificate.file), look=at("127.0.0.1")) == ("delivered", "")
    assert receiver.got[0].headers["host"] == f"{HOST}:{receiver.port}"


def test_a_name_is_looked_up_once_an_attempt(outbox: Outbox, receive: Receive, certificate: Certificate) -> None:
    receiver, asked = receive(tls=certificate.server), []

    def look(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    told(outbox, f"https://{HOST}:{receiver.port}/hook", trusting(certificate.file), look=look)
    assert asked == [HOST]
    assert len(receiver.got) == 1


def test_a_certificate_that_nobody_trusts(outbox: Outbox, receive: Receive, certificate: Certificate) -> None:
    url = f"https://{HOST}:{receive(tls=certificate.server).port}/"
    state, error = told(outbox, url, look=at("127.0.0.1"))
    assert (state, error.partition(":")[0]) == ("pending", "the certificate is not trusted")


def test_a_certificate_of_another_name(outbox: Outbox, receive: Receive, certificate: Certificate) -> None:
    url = f"https://other.example:{receive(tls=certificate.server).port}/"
    state, error = told(outbox, url, trusting(certificate.file), look=at("127.0.0.1"))
    assert (state, error.partition(":")[0]) == ("pending", "the certificate is not trusted")


def test_a_receiver_without_tls_where_there_should_be_some(outbox: Outbox, receive: Receive) -> None:
    state, error = told(outbox, f"https://{HOST}:{receive().port}/", look=at("127.0.0.1"))
    assert (state, error.partition(":")[0]) == ("pending", "no TLS")


def test_a_handshake_that_does_not_end(outbox: Outbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://{HOST}:{deaf.getsockname()[1]}/"
        assert told(outbox, url, SHORT, look=at("127.0.0.1")) == ("pending", "no answer within 0.3 s")


def test_another_address_is_tried_where_the_first_takes_no_connection(outbox: Outbox, receive: Receive) -> None:
    url = f"http://{HOST}:{receive().port}/"
    assert told(outbox, url, look=at("127.0.0.2", "127.0.0.1")) == ("delivered", "")


def test_a_name_without_addresses(outbox: Outbox) -> None:
    assert told(outbox, f"https://{HOST}/", look=at()) == ("pending", "the host's name cannot be looked up")


def test_a_name_that_has_come_to_lead_in_house_is_not_sent_to(
    outbox: Outbox, receive: Receive, certificate: Certificate
) -> None:
    receiver = receive(tls=certificate.server)
    url, public_only = f"https://{HOST}:{receiver.port}/", WebhookSettings(ca_file=certificate.file)
    assert told(outbox, url, public_only, look=at("8.8.8.8", "127.0.0.1")) == (
        "pending",
        "the host is at a private address: 127.0.0.1",
    )
    assert receiver.got == []


def test_plain_http_is_not_sent_once_it_is_no_longer_allowed(outbox: Outbox, receive: Receive) -> None:
    state, error = told(outbox, receive().url, WebhookSettings())
    assert (state, error) == ("pending", "a webhook goes to an https address: http")


def test_whatever_breaks_an_attempt_counts_as_a_failure(outbox: Outbox, receive: Receive) -> None:
    outbox.endpoint(receive().url)
    outbox.store.write(lambda c: c.execute(update(webhook_endpoints).values(secret="whsec_")))
    outbox.tell()
    outbox.deliver()
    assert [(row.attempts, row.last_error) for row in outbox.deliveries()] == [
        (1, "an unexpected error; it was logged")
    ]
