"""Receivers, an outbox to tell, a certificate."""

import shutil
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from receiver import Certificate, Receiver, Reply
from told import Outbox

from serving.store.database import Store

HOST = "hooks.example"


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Opens receivers; closes them at the end."""
    opened: list[Receiver] = []

    def open_one(*replies: Reply, tls: ssl.SSLContext | None = None) -> Receiver:
        opened.append(Receiver(*replies, tls=tls))
        return opened[-1]

    yield open_one
    for receiver in opened:
        receiver.close()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    """The outbox of a store on either database."""
    return Outbox(store)


@pytest.fixture
def sqlite_outbox(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Outbox]:
    """For tests of what does not depend on the database."""
    store = Store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path)}")
    yield Outbox(store)
    store.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, today - timedelta(1), today + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Certificate(folder / "cert.pem", server)
