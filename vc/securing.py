"""How a credential or presentation is secured: by an embedded proof, or inside an envelope.

An envelope is a signed token that contains the document (VC-JOSE-COSE). Each kind brings an `EnvelopeReader` and is
added to `ENVELOPES`; verification, status lists and recognitions all read through `read` and `prove`, so a new
kind is understood everywhere at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from vc import canonical, cose, strict_json
from vc.credential import entries
from vc.envelope import EnvelopeReader, Expectations
from vc.errors import (
    DataLossDetectionError,
    MalformedValueError,
    ParsingError,
    UnacceptableSuite,
    UndefinedWordsError,
)
from vc.jose import claimed, jws
from vc.jose import envelopes as jose_envelopes
from vc.jose.open_badges_jwt import OPEN_BADGES_JWT, RS256
from vc.presentation import ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION, check_envelope
from vc.proofs import SUITES, data_integrity
from vc.proofs.data_integrity import VerifiedProofs

_LONGEST_TOKEN = 1024 * 1024


ENVELOPES: Mapping[str, EnvelopeReader] = {**jose_envelopes.READERS, **cose.READERS}
"""Media type (`application/vc+jwt`) to reader."""

ENVELOPES_AND_CLAIMS: Mapping[str, EnvelopeReader] = {**ENVELOPES, **claimed.READERS}
"""Also tokens that carry the document in a claim, which VC-JOSE-COSE forbids: for the public test suites only."""

EVERYTHING_READ = frozenset(SUITES) | frozenset(jws.ALGORITHMS.values()) | {RS256}
"""All cryptosuites and algorithms that are read, the post-quantum ones (`vc.proofs.POST_QUANTUM`) left out: what a
general verifier passes as `accepted_suites=`."""

BARE_TOKENS: tuple[EnvelopeReader, ...] = (*dict.fromkeys(ENVELOPES.values()), OPEN_BADGES_JWT)
"""What a token that comes without media type may be. No two of them read the same token: `typ` tells them apart."""


@dataclass(frozen=True)
class Secured:
    """A document as it arrived, not verified. `document` is the content, also of an envelope."""

    document: dict[str, Any]
    token: str | None = None
    reader: EnvelopeReader | None = None


def read(
    source: Mapping[str, Any] | str | bytes,
    *,
    limits: strict_json.Limits = strict_json.DEFAULT,
    envelopes: Mapping[str, EnvelopeReader] = ENVELOPES,
) -> Secured:
    """Open what was handed over: JSON (parsed or not), an envelope (of one of `envelopes`), or a bare token.

    Raises `ParsingError`, `MalformedValueError` (an envelope with members beside it), `ProofVerificationError` (a token
    that is refused whatever it holds), or `UnacceptableSuite` (an envelope of a kind that nobody here reads).
    """
    if not isinstance(source, Mapping):
        token = _bare_token(source)
        if token is not None:
            return token
    document = strict_json.settled(source, limits=limits)
    kinds = entries(document.get("type"))
    for kind in (ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION):
        if kind in kinds:
            return _opened(check_envelope(document, kind=kind), kind, envelopes)
    return Secured(document)


def _bare_token(source: str | bytes) -> Secured | None:
    if isinstance(source, bytes):
        if source.lstrip()[:1] in (b"{", b"[", b"") or len(source) > _LONGEST_TOKEN:
            return None
        try:
            text = source.decode("ascii").strip()
        except UnicodeDecodeError:
            return None
    else:
        text = source.strip()
    if len(text) > _LONGEST_TOKEN:
        return None
    for reader in BARE_TOKENS:
        if reader.reads(text):
            return Secured(reader.content(text), text, reader)
    why = jws.why_refused(text.partition("~")[0])
    if why is not None:
        raise ParsingError(f"a signed token that cannot be taken: {why}")
    return None


def _opened(address: str, kind: str, envelopes: Mapping[str, EnvelopeReader]) -> Secured:
    head, comma, payload = address.removeprefix("data:").partition(",")
    media_type, *parameters = (part.strip().lower() for part in head.split(";"))
    if not comma or not media_type:
        raise MalformedValueError("not a data: URL with a media type", path="/id")
    reader = envelopes.get(media_type)
    if reader is None:
        raise UnacceptableSuite(media_type, frozenset(envelopes))
    if ("base64" in parameters) != (media_type in cose.READERS):
        raise MalformedValueError("base64 is how a data: URL carries bytes, and no token of text", path="/id")
    token = unquote(payload) if "%" in payload else payload
    content = reader.content(token)
    if ("VerifiablePresentation" in entries(content.get("type"))) != (kind == ENVELOPED_PRESENTATION):
        raise MalformedValueError(f"what is inside is not what an {kind} holds", path="/type")
    return Secured(content, token, reader)


def prove(secured: Secured, expected: Expectations) -> VerifiedProofs:
    """Check the proofs of `secured`. The result's `document` is what the signature covers. Raises `VcError`."""
    if secured.reader is None or secured.token is None:
        return _prove_embedded(secured.document, expected)
    proofs = secured.reader.prove(secured.token, expected)
    try:
        canonical.check_words(proofs.document, profile=expected.profile)
    except DataLossDetectionError as error:
        raise UndefinedWordsError(error.terms) from error
    if "proof" in proofs.document:  # one that came along inside is a proof like any other: all must hold
        _prove_embedded(proofs.document, expected)
    return proofs


def _prove_embedded(document: Mapping[str, Any], expected: Expectations) -> VerifiedProofs:
    return data_integrity.verify(
        document,
        accepted_suites=expected.accepted_suites,
        purpose=expected.purpose,
        controller=expected.controller,
        resolver=expected.resolver,
        now=expected.now,
        challenge=expected.challenge,
        domain=expected.domain,
        skew=expected.skew,
        profile=expected.profile,
        max_proofs=expected.max_proofs,
    )


__all__ = ["ENVELOPES", "EVERYTHING_READ", "EnvelopeReader", "Expectations", "ParsingError", "Secured", "prove", "read"]
