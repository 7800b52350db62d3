"""Requests: within their time, to who proves to be the one, and nothing of people in the log."""

import io
import ssl
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
import structlog
from crmdesk import CrmDesk
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import CollectorRegistry
from receiver import Receiver
from vendors.hubspot import HubSpot
from vendors.server import Reply, says, silent

from serving.crm import line as lines
from serving.crm import metrics
from serving.crm.errors import Unauthorized, Unreachable
from serving.crm.line import Line
from serving.crm.secret import Secret
from serving.observe import logs

Begin = Callable[..., CrmDesk]


def nothing() -> None:
    """Before a request."""


def test_an_answer_that_does_not_come_ends_in_its_time(begin: Begin) -> None:
    crm = begin(HubSpot, "timeout: 1")
    crm.lead("kim")
    crm.vendor.faults = [silent]
    began = monotonic()
    assert isinstance(crm.push().fault, Unreachable)
    assert monotonic() - began < 5


def test_an_answer_without_end_is_cut(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_READ", 1_000)
    crm = begin(HubSpot)
    crm.lead("kim")
    crm.vendor.faults = [says(200, b"x" * 10_000)]
    assert isinstance(crm.push().fault, Unreachable)


def test_nobody_there_is_no_traceback(begin: Begin) -> None:
    crm = begin(HubSpot)
    crm.lead("kim")
    crm.path.write_text(crm.path.read_text().replace(crm.vendor.url, "http://127.0.0.1:9"))
    assert isinstance(crm.push().fault, Unreachable)


def test_who_cannot_prove_to_be_the_one_is_sent_nothing(tmp_path: Path) -> None:
    with closing(Receiver(tls=_self_signed(tmp_path))) as receiver:
        line = Line(f"https://127.0.0.1:{receiver.port}", 5.0, nothing)
        with pytest.raises(Unreachable):
            line.ask("POST", "/", {"Authorization": "Bearer secret"}, b"{}")
        line.close()
        assert receiver.got == []


def test_what_is_called_before_a_request_can_end_it(begin: Begin) -> None:
    crm = begin(HubSpot)

    def ended() -> None:
        raise LookupError

    line = Line(crm.vendor.url, 5.0, ended)
    with pytest.raises(LookupError):
        line.ask("GET", "/", {})
    line.close()
    assert crm.vendor.asked == []


@pytest.mark.parametrize("content", ["", "  \n", "a\nb", "ä", "a\0b"])
def test_a_secret_is_one_line_of_plain_characters(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(Unauthorized, match="a credential cannot be read"):
        Secret(file=str(tmp_path / "secret")).read()


def test_a_secret_that_is_not_there_pauses_it_and_is_named_by_its_place(begin: Begin) -> None:
    crm = begin(HubSpot)
    crm.lead("kim")
    (crm.path.parent / "secret").unlink()
    fault = crm.push().fault
    assert isinstance(fault, Unauthorized)
    assert fault.where == f"the file {crm.path.parent / 'secret'}"


def test_the_log_says_what_went_wrong_and_nothing_of_people_or_secrets(begin: Begin) -> None:
    crm = begin(HubSpot)
    crm.lead("kim")
    written = io.StringIO()
    logs.configure(json=True, stream=written)
    message = "kim@acme.example is not valid: pat-na1-not-a-secret"
    crm.vendor.faults = [says(403, {"category": "X", "message": message})]
    crm.push()
    structlog.reset_defaults()
    assert "nothing more is sent to the CRM for a while" in written.getvalue()
    assert "kim@" not in written.getvalue()
    assert "pat-na1" not in written.getvalue()


def test_what_was_sent_is_counted(begin: Begin) -> None:
    registry = CollectorRegistry()
    metrics.register(registry)
    crm = begin(HubSpot)
    crm.leads(["kim", "lee"])
    crm.vendor.records = {"kim@acme.example": {}}
    names = {"connector": "hubspot", "outcome": "sent"}
    before = registry.get_sample_value("leadscore_crm_records_total", names) or 0.0
    crm.push()
    assert registry.get_sample_value("leadscore_crm_records_total", names) == before + 1


def test_a_reply_is_read_whole(begin: Begin) -> None:
    crm = begin(HubSpot)
    crm.vendor.faults = [lambda *_: Reply(200, {"a": "b" * 100_000})]
    line = Line(crm.vendor.url, 5.0, nothing)
    assert line.ask("GET", "/", {}).json() == {"a": "b" * 100_000}
    line.close()


def _self_signed(folder: Path) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, today - timedelta(1), today + timedelta(1))
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server
