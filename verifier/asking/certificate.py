"""The certificate by which wallets know this verifier (`x509_san_dns`), and the key that signs with it.

An operator names a chain and its key in the settings. Without them the verifier makes a certificate for itself, for
development: for the key that signs requests anyway, under an authority that certifies nothing else, since its key is
thrown away. Wallets refuse it until somebody tells them to trust that authority, the last certificate in the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keys import InvalidKey, KeyType, PrivateKey
from keys.signers import Signer
from kit.settings import SettingsRefused
from vc.openid4vp import Oid4vpError
from vc.openid4vp.certificates import certified_key, key_of, x5c
from verifier.settings import VerifierSettings

LIFETIME = timedelta(days=730)
RENEWED_BEFORE = timedelta(days=60)
_KINDS = {"secp256r1": KeyType.P256, "secp384r1": KeyType.P384}
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True)
class RequestCertificate:
    """What signs requests in the name of `host`. `chain`: the signer's certificate first, no root."""

    host: str
    chain: tuple[x509.Certificate, ...]
    signer: Signer


def own_certificate(settings: VerifierSettings, signer: Signer, *, now: datetime) -> RequestCertificate:
    """Return the operator's certificate, or the verifier's own for `signer`, made anew shortly before it ends.

    `signer` signs for the operator's certificate too, unless a key comes with it. Raises `SettingsRefused`
    when the operator's files cannot be read or do not fit together.
    """
    host = settings.host_name
    if settings.certificate_file:
        given = _key_in(Path(settings.certificate_key_file)) if settings.certificate_key_file else signer
        return _of_operator(Path(settings.certificate_file), given, host)
    path = settings.own_certificate_path
    if not _still_good(path, host, signer, now + RENEWED_BEFORE):
        _put(path, _made(host, signer, now))
    return RequestCertificate(host, _chain_in(path)[:-1], signer)


# --- the operator's ---


def _of_operator(path: Path, signer: Signer, host: str) -> RequestCertificate:
    chain = _chain_in(path)
    if _key_or_none(chain[0]) != signer.public_key:
        raise SettingsRefused(f"the first certificate in {path} is not for the key that signs requests")
    if host not in _names(chain[0]):
        raise SettingsRefused(f"the first certificate in {path} does not name {host}")
    return RequestCertificate(host, chain, signer)


def _chain_in(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise SettingsRefused(f"{path} holds no certificates in PEM: {error}") from error


def _key_in(path: Path) -> PrivateKey:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsRefused(f"{path} can be read by others: run chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsRefused(f"{path} holds no private key in PEM, without a passphrase: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _KINDS:
        raise SettingsRefused(f"the key in {path} is neither on P-256 nor on P-384")
    size = (key.curve.key_size + 7) // 8
    return PrivateKey.from_raw(_KINDS[key.curve.name], key.private_numbers().private_value.to_bytes(size))


def _key_or_none(certificate: x509.Certificate) -> object:
    try:
        return key_of(certificate)
    except InvalidKey:
        return None


def _names(certificate: x509.Certificate) -> Sequence[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return names.get_values_for_type(x509.DNSName)


# --- the verifier's own ---


def _still_good(path: Path, host: str, signer: Signer, when: datetime) -> bool:
    """Whether the file certifies this host's key until then, by the authority in it."""
    try:
        *chain, authority = _chain_in(path)
        return certified_key(x5c(chain), host=host, authorities=[authority], now=when) == signer.public_key
    except (SettingsRefused, Oid4vpError):
        return False


def _made(host: str, signer: Signer, now: datetime) -> tuple[x509.Certificate, x509.Certificate]:
    """A certificate of the host's key, and that of the authority above it, whose key nobody keeps."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signer.public_key.raw)
    authority_name = _name(f"Requests of {host}")
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    certificate = _about(key, _name(host), authority_name, now, ca=False).add_extension(names, critical=False)
    authority = _about(authority_key.public_key(), authority_name, authority_name, now, ca=True)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        certificate.add_extension(identifier, critical=False).sign(authority_key, hashes.SHA256()),
        authority.add_extension(identifier, critical=False).sign(authority_key, hashes.SHA256()),
    )


def _about(
    key: ec.EllipticCurvePublicKey, subject: x509.Name, issuer: x509.Name, now: datetime, *, ca: bool
) -> x509.CertificateBuilder:
    usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign" if ca else "digital_signature": True}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _put(path: Path, certificates: Sequence[x509.Certificate]) -> None:
    """Write the file whole: another process that starts finds the old one or the new one."""
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates))
    fresh.replace(path)
