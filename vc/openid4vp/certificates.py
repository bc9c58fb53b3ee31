"""Who a verifier is by its X.509 certificate: the client prefix `x509_san_dns:` (OpenID4VP 1.0 section 5.9.3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, DNSName, ExtendedKeyUsage, InvalidVersion, load_der_x509_certificate
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from keys import InvalidKey, KeyType, PublicKey
from vc.openid4vp.errors import ErrorName, Oid4vpError

MAX_CHAIN = 5
"""Longer chains are refused before any certificate in them is read."""
MAX_CERTIFICATE = 16 * 1024


def x5c(chain: Sequence[Certificate]) -> list[str]:
    """Return the header member that carries `chain`, the signer's certificate first (RFC 7515 section 4.1.6)."""
    return [base64.b64encode(one.public_bytes(Encoding.DER)).decode("ascii") for one in chain]


def certified_key(header: object, *, host: str, authorities: Sequence[Certificate], now: datetime) -> PublicKey:
    """Return the key that the chain in an `x5c` header certifies as `host`'s.

    (1) the header is a short list of certificates, the signer's own first
    (2) they lead up to one of `authorities`, each in date at `now` and allowed to certify the one before
    (3) the first one is about `host`: it stands among its alternative names

    What the certificate may be used for (extended key usage) is left open: the specification names no usage. Raises
    `Oid4vpError` (`invalid_client`).
    """
    chain = _certificates(header)
    if not authorities:
        raise _untrusted("no certificate authority is trusted here to name a verifier")
    try:
        verifier = (
            PolicyBuilder()
            .store(Store(list(authorities)))
            .time(now)
            .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_ANY_USAGE)
            .build_server_verifier(DNSName(host))
        )
        verifier.verify(chain[0], chain[1:])
        return key_of(chain[0])
    except (VerificationError, ValueError) as error:
        raise _untrusted(f"the certificate does not prove that the request is from {host}: {error}") from error


def key_of(certificate: Certificate) -> PublicKey:
    """Return the public key of a certificate: on P-256 or P-384. Raises `InvalidKey` for other kinds, such as RSA."""
    public = certificate.public_key()
    if not isinstance(public, EllipticCurvePublicKey) or public.curve.name not in _KEY_TYPES:
        raise InvalidKey("the certificate holds a key that is neither on P-256 nor on P-384")
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return PublicKey(_KEY_TYPES[public.curve.name], point)


_KEY_TYPES = {"secp256r1": KeyType.P256, "secp384r1": KeyType.P384}
_ANY_USAGE = ExtensionPolicy.webpki_defaults_ee().may_be_present(ExtendedKeyUsage, Criticality.AGNOSTIC, None)


def _certificates(header: object) -> list[Certificate]:
    if not isinstance(header, list) or not 0 < len(header) <= MAX_CHAIN:
        raise _untrusted(f"the request carries no chain of 1 to {MAX_CHAIN} certificates")
    return [_certificate(one) for one in header]


def _certificate(text: object) -> Certificate:
    if not isinstance(text, str) or len(text) > MAX_CERTIFICATE:
        raise _untrusted("a certificate in the chain is no text, or too long")
    try:
        return load_der_x509_certificate(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, InvalidVersion) as error:
        raise _untrusted("a certificate in the chain cannot be read") from error


def _untrusted(reason: str) -> Oid4vpError:
    return Oid4vpError(ErrorName.INVALID_CLIENT, reason)
