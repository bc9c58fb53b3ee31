"""How a credential or presentation is secured: by an embedded proof, or inside an envelope.

An envelope is a signed token that contains the document (VC-JOSE-COSE). Each kind brings an `EnvelopeReader` and is
added to `ENVELOPES`; verification, status lists and recognitions all read through `read` and `prove`, so a new
kind is understood everywhere at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote

from contexts import Profile
from vc import strict_json
from vc.credential import entries
from vc.errors import MalformedValueError, ParsingError, UnacceptableSuite
from vc.presentation import ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION, check_envelope
from vc.proofs import data_integrity
from vc.proofs.data_integrity import Resolver, VerifiedProofs

_LONGEST_TOKEN = 1024 * 1024


@dataclass(frozen=True)
class Expectations:
    """What a proof must have been made for, and whose it must be (see `data_integrity.verify`)."""

    accepted_suites: frozenset[str]
    purpose: str
    controller: str | None
    resolver: Resolver
    now: datetime
    skew: timedelta
    profile: Profile
    max_proofs: int
    challenge: str | None = None
    domain: str | None = None


class EnvelopeReader(Protocol):
    """One kind of envelope."""

    def reads(self, token: str) -> bool:
        """Whether a bare token, without media type, is of this kind. Must be cheap and strict."""
        ...

    def content(self, token: str) -> dict[str, Any]:
        """The document inside, not verified, for checks of shape that come before the signature.

        Raises `ParsingError` or `MalformedValueError`.
        """
        ...

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the token; raises the errors of `vc.errors` by what failed, as `data_integrity.verify` does.

        `expected.accepted_suites` names JOSE algorithms beside cryptosuites.
        """
        ...


ENVELOPES: dict[str, EnvelopeReader] = {}
"""Media type (`application/vc+jwt`) to reader."""


@dataclass(frozen=True)
class Secured:
    """A document as it arrived, not verified. `document` is the content, also of an envelope."""

    document: dict[str, Any]
    token: str | None = None
    reader: EnvelopeReader | None = None


def read(source: Mapping[str, Any] | str | bytes) -> Secured:
    """Open what was handed over: JSON (parsed or not), an envelope, or a bare token.

    Raises `ParsingError`, `MalformedValueError` (an envelope with members beside it), or `UnacceptableSuite` (an
    envelope of a kind that nobody here reads).
    """
    if not isinstance(source, Mapping):
        token = _bare_token(source)
        if token is not None:
            return token
    document = strict_json.settled(source)
    kinds = entries(document.get("type"))
    for kind in (ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION):
        if kind in kinds:
            return _opened(check_envelope(document, kind=kind))
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
    for reader in dict.fromkeys(ENVELOPES.values()):
        if reader.reads(text):
            return Secured(reader.content(text), text, reader)
    return None


def _opened(address: str) -> Secured:
    head, comma, payload = address.removeprefix("data:").partition(",")
    media_type = head.split(";", 1)[0].strip().lower()
    if not comma or not media_type:
        raise MalformedValueError("not a data: URL with a media type", path="/id")
    reader = ENVELOPES.get(media_type)
    if reader is None:
        raise UnacceptableSuite(media_type, frozenset(ENVELOPES))
    token = unquote(payload) if "%" in payload else payload
    return Secured(reader.content(token), token, reader)


def prove(secured: Secured, expected: Expectations) -> VerifiedProofs:
    """Check the proofs of `secured`. The result's `document` is what the signature covers. Raises `VcError`."""
    if secured.reader is not None and secured.token is not None:
        return secured.reader.prove(secured.token, expected)
    return data_integrity.verify(
        secured.document,
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


__all__ = ["ENVELOPES", "EnvelopeReader", "Expectations", "ParsingError", "Secured", "prove", "read"]
