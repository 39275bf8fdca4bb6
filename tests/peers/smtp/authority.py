"""A certificate authority of a test run's own, and the certificates that it issues to servers on this machine."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scheduler import clock

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority with its own certificate in a file."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        """The PEM file that clients are given to trust."""
        return self.folder / "authority.pem"

    def server_context(self, *, name: str | None = None, valid_for: timedelta = timedelta(days=1)) -> ssl.SSLContext:
        """TLS for a server on this machine; for another's `name` or with an end in the past, one that is refused."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name)] if name else [x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]
        certificate = (
            _builder(name or HOST, issuer=self.certificate.subject, key=key, valid_for=valid_for)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"server-{certificate.serial_number}.pem"
        file.write_bytes(_pem(certificate) + _key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def make_authority(folder: Path) -> Authority:
    """A new authority that keeps its files in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = "Test authority"
    certificate = (
        _builder(name, issuer=_name(name), key=key, valid_for=timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_CERTIFICATES_ONLY, critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = Authority(folder, key, certificate)
    authority.file.write_bytes(_pem(certificate))
    return authority


_CERTIFICATES_ONLY = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(
    name: str, *, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid_for: timedelta
) -> x509.CertificateBuilder:
    now = clock.utc_now()
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=_name(name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=3),
        not_valid_after=now + valid_for,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
