"""A certificate authority for tests: certifies what it is told to, lies included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from keys import KeyType, PrivateKey

_CURVES = {KeyType.P256: ec.SECP256R1(), KeyType.P384: ec.SECP384R1()}
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def opened(key: PrivateKey) -> ec.EllipticCurvePrivateKey:
    """`key` as cryptography knows it."""
    return ec.derive_private_key(int.from_bytes(key.raw), _CURVES[key.type])


@dataclass
class CertificateAuthority:
    """Somebody whose certificates wallets may trust. `above`: who certified it; None is a root."""

    now: datetime
    above: CertificateAuthority | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    may_certify: bool = True

    @property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        issuer = self.above or self
        return issuer.certify(self.key, names=(), common_name=self._name, ca=self.may_certify)

    @property
    def _name(self) -> str:
        return f"Authority {self.key.public_key().public_numbers().x % 10_000}"

    def certify(
        self,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | PrivateKey,
        *,
        names: tuple[str, ...],
        common_name: str = "a verifier",
        ca: bool = False,
        days: int = 30,
        usage: str | None = None,
    ) -> x509.Certificate:
        """A certificate for `key` about the hosts `names`, good for `days` from yesterday on."""
        public = (opened(key) if isinstance(key, PrivateKey) else key).public_key()
        usages = dict.fromkeys(_USAGES, False) | {"key_cert_sign" if ca else "digital_signature": True}
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usages), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if names:
            hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(hosts, critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(usage)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())
