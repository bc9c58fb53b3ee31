"""An authority's signed list of all its recognitions: one document that a verifier can hold, until a stated day.

It is a presentation. Its first credential is the list proper, with `validFrom` and `validUntil`: the authority signs
one digest over the digests of all recognitions that stand (`relatedResource`, VCDM 2.0, section 5.3). The recognitions
follow. So nobody on the way can leave one out, put an older edition back, or add one. Each is a credential in its own
right, and is verified in full when it is used: the list says that it is all there is, not that any of it counts.

The digest of a recognition is over its canonical form (RFC 8785), which is also what the address of an edition serves.
The digest that is signed is over the canonical form of the array of those (`digests`), so a list of any length is
signed, and its signature checked, as fast as a short one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import contexts
from keys.multibase import encode_base64url
from vc import credential as credentials
from vc import securing, strict_json, times
from vc.canonical import jcs
from vc.credential import Credential, entries, multibase_digest
from vc.errors import MalformedValueError, ProofVerificationError
from vc.policy import PUBLIC, Policy
from vc.proofs.data_integrity import Resolver
from vc.recognition.building import digest_multibase

NAMES = ({"@value": "Formations accréditées", "@language": "fr"}, {"@value": "Accredited trainings", "@language": "en"})
_SHA256 = b"\x12\x20"
_LIMITS = strict_json.Limits(members=2_000_000)


@dataclass(frozen=True)
class SignedList:
    """A list that its authority signed and that is in date. The recognitions in it are unverified until used."""

    authority: str
    issued: datetime
    until: datetime
    recognitions: tuple[Mapping[str, Any], ...]


# --- build ---


def list_credential(
    *,
    address: str,
    digests_address: str,
    authority: str,
    authority_name: str,
    editions: Sequence[bytes],
    issued: datetime,
    until: datetime,
) -> dict[str, Any]:
    """The unsigned list. `editions`: the `edition_digest` of each recognition; `digests_address`: where `digests` of
    them is served."""
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": address,
        "type": ["VerifiableCredential"],
        "name": [dict(name) for name in NAMES],
        "issuer": {"id": authority, "name": authority_name},
        "validFrom": times.stamp(issued),
        "validUntil": times.stamp(until),
        "credentialSubject": {"id": authority, "name": authority_name},
        "relatedResource": {
            "id": digests_address,
            "mediaType": "application/json",
            "digestMultibase": digest_multibase(digests(editions)),
        },
    }


def digests(editions: Sequence[bytes]) -> bytes:
    """The array of the digests of recognitions, in multibase and canonical form: what the signed digest is over."""
    return jcs.canonicalize(["u" + encode_base64url(_SHA256 + digest) for digest in editions])


def edition_digest(recognition: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical form of a signed recognition."""
    return hashlib.sha256(jcs.canonicalize(recognition)).digest()


def list_presentation(signed: Mapping[str, Any], recognitions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What is served: the signed list and, in its order, the recognitions that it names."""
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": credentials.issuer_of(signed),
        "verifiableCredential": [dict(signed), *(dict(one) for one in recognitions)],
    }


# --- read ---


def read_list(
    source: bytes | str, *, resolver: Resolver, accepted_suites: frozenset[str], now: datetime, policy: Policy = PUBLIC
) -> SignedList:
    """The list in `source`, as its authority signed it:

    (1) a presentation whose first credential is a list
    (2) the signature is by its issuer's key
    (3) `now` lies between its two dates
    (4) the recognitions are those whose digests it signs, no more and no fewer, in their order

    Raises `VcError`; `ControllerNotReached` when the authority's keys could not be had.
    """
    listed, recognitions = _parts(source)
    read = credentials.check(listed, inline_contexts="refuse", profile=policy.contexts, limits=policy.limits)
    securing.prove(securing.Secured(listed), _expectations(read.issuer, resolver, accepted_suites, now, policy))
    issued, until = _dates(read, now, policy)
    signed = multibase_digest(listed["relatedResource"]["digestMultibase"])
    if hashlib.sha256(digests([edition_digest(one) for one in recognitions])).digest() != signed:
        raise ProofVerificationError("the recognitions are not those that the authority listed")
    return SignedList(read.issuer, issued, until, recognitions)


def _parts(source: bytes | str) -> tuple[dict[str, Any], tuple[Mapping[str, Any], ...]]:
    document = strict_json.settled(source, limits=_LIMITS)
    carried = entries(document.get("verifiableCredential"))
    if not carried or not all(isinstance(one, dict) for one in carried):
        raise MalformedValueError("not a list of accreditations", path="/verifiableCredential")
    listed, *recognitions = carried
    resource = listed.get("relatedResource")
    if not isinstance(resource, dict) or not isinstance(resource.get("digestMultibase"), str):
        raise MalformedValueError("not a list of accreditations", path="/verifiableCredential/0/relatedResource")
    return listed, tuple(recognitions)


def _dates(read: Credential, now: datetime, policy: Policy) -> tuple[datetime, datetime]:
    if read.valid_from is None or read.valid_until is None:
        raise MalformedValueError("a list says from when until when it may be relied on", path="/validUntil")
    if not read.valid_from - policy.clock_skew <= now <= read.valid_until + policy.clock_skew:
        period = f"{times.stamp(read.valid_from)} to {times.stamp(read.valid_until)}"
        raise ProofVerificationError(f"the list may be relied on from {period}")
    return read.valid_from, read.valid_until


def _expectations(
    authority: str, resolver: Resolver, accepted_suites: frozenset[str], now: datetime, policy: Policy
) -> securing.Expectations:
    return securing.Expectations(
        accepted_suites=accepted_suites,
        purpose="assertionMethod",
        controller=authority,
        resolver=resolver,
        now=now,
        skew=policy.clock_skew,
        profile=policy.contexts,
        max_proofs=policy.limits.proofs,
    )
