"""A secure connection proves the provider's name, and its failure proves that nothing left."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.wire import Limits, NoAnswer, Route, post
from tests.providers.upstream import Upstream, always, said

HOST = "panel.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST, signed by itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "panel.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def upstream(certificate: Path) -> Iterator[Upstream]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Upstream(always(said({"balance": "1"})), tls=context) as running:
        yield running


def route_to(upstream: Upstream, host: str, trusted: Path | None) -> Route:
    return Route(
        f"https://{host}:{upstream.port}/api/v2",
        allow_private=True,
        limits=Limits(call_seconds=1, connect_seconds=1),
        resolve=lambda host, port: ["127.0.0.1"],
        tls=ssl.create_default_context(cafile=str(trusted)) if trusted else None,
    )


def test_a_provider_that_proves_its_name_is_called(upstream: Upstream, certificate: Path) -> None:
    names: list[str | None] = []
    assert upstream.tls is not None
    upstream.tls.sni_callback = lambda _socket, name, _context: names.append(name)

    answer = post(route_to(upstream, HOST, certificate), {"key": "k"}, max_bytes=100)

    assert answer.body == b'{"balance": "1"}'
    assert names == [HOST]


@pytest.mark.parametrize(
    ("host", "is_trusted"), [("other.example", True), (HOST, False), ("127.0.0.1", True)]
)
def test_a_provider_that_cannot_prove_its_name_is_sent_nothing(
    upstream: Upstream, certificate: Path, host: str, is_trusted: bool
) -> None:
    with pytest.raises(NoAnswer) as failure:
        post(route_to(upstream, host, certificate if is_trusted else None), {"key": "k"}, max_bytes=100)

    assert failure.value.may_have_left is False
    assert "CERTIFICATE_VERIFY_FAILED" in failure.value.why
    assert upstream.requests == []


def test_a_provider_that_speaks_no_tls_is_sent_nothing(certificate: Path) -> None:
    with Upstream(always(said({}))) as plain, pytest.raises(NoAnswer) as failure:
        post(route_to(plain, HOST, certificate), {"key": "k"}, max_bytes=100)

    # The plain server waits for the end of a request that never comes.
    assert failure.value.may_have_left is False
    assert failure.value.timed_out
    assert plain.requests == []
