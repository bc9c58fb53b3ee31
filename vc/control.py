"""Proof of control of an identifier: somebody asks, whoever holds one of the identifier's keys answers.

The question is a Verifiable Presentation Request with a `DIDAuthentication` query (VCALM, section 3.4), to which we add
the identifier asked about and when the question lapses. The answer is a presentation without credentials: `holder` is
the identifier, and a Data Integrity proof for the purpose `authentication` repeats the question's `challenge` and
`domain`. So an answer is good for one question of one asker, and a key published for signing credentials only cannot
give it.

Whoever asks keeps the question, and takes an answer to it once; whoever answers shows `domain` to a person first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import contexts
from keys import Signer
from keys.dids.errors import InvalidDid
from keys.dids.syntax import split_did
from vc import presentation, strict_json, times
from vc.credential import entries
from vc.errors import InvalidChallengeError, MalformedValueError
from vc.proofs import data_integrity
from vc.proofs.data_integrity import Resolver

SUITE = "eddsa-rdfc-2022"
PURPOSE = "authentication"
LONGEST = 16 * 1024
"""Characters of a question or an answer that are worth reading; ours have under 2,000."""

_ORIGIN = re.compile(r"(https://[a-z0-9.-]{1,253}|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{22,200}")
_LIMITS = strict_json.Limits(depth=8, members=200, string_bytes=2_000)


@dataclass(frozen=True)
class Question:
    """Who asks (`domain`, the origin of their service), about which identifier, until when."""

    did: str
    domain: str
    challenge: str
    """At least 128 random bits in base64url."""
    expires: datetime

    def as_json(self, suites: Collection[str] = (SUITE,)) -> dict[str, Any]:
        """The question as a Verifiable Presentation Request, for the party that is to answer."""
        wanted = {
            "type": "DIDAuthentication",
            "did": self.did,
            "acceptedCryptosuites": [{"cryptosuite": suite} for suite in sorted(suites)],
        }
        return {
            "query": [wanted],
            "challenge": self.challenge,
            "domain": self.domain,
            "expires": times.stamp(self.expires),
        }

    @classmethod
    def read(cls, source: str | bytes) -> Question:
        """Read what `as_json` wrote. Raises `ParsingError` or `MalformedValueError`.

        An address that is not the plain origin of a service is refused: a person has to recognise it.
        """
        document = strict_json.parse_object(source, limits=_LIMITS)
        queries = [one for one in entries(document.get("query")) if isinstance(one, dict)]
        wanted = [one for one in queries if one.get("type") == "DIDAuthentication"]
        if len(queries) != 1 or len(wanted) != 1:
            raise MalformedValueError("must be one query of the type DIDAuthentication", path="/query")
        did = _text(wanted[0], "did", "/query/0/did")
        try:
            split_did(did)
        except InvalidDid as error:
            raise MalformedValueError(error.reason, path="/query/0/did") from error
        domain, challenge = _text(document, "domain", "/domain"), _text(document, "challenge", "/challenge")
        if not _ORIGIN.fullmatch(domain):
            raise MalformedValueError("must be the https address of a service, without a path", path="/domain")
        if not _CHALLENGE.fullmatch(challenge):
            raise MalformedValueError("must be at least 22 letters and digits", path="/challenge")
        expires = times.parse(document.get("expires"), path="/expires", zone_required=True)
        return cls(did, domain, challenge, expires)


@dataclass(frozen=True)
class ProvenControl:
    """Somebody who holds `verification_method`, a key of `did`, answered."""

    did: str
    verification_method: str


class QuestionLapsed(InvalidChallengeError):
    """The time to answer is over."""


def answer(question: Question, *, signer: Signer, verification_method: str, created: datetime) -> dict[str, Any]:
    """Answer `question` with a key of its identifier. Raises `QuestionLapsed`, `ProofGenerationError`."""
    if created > question.expires:
        raise QuestionLapsed("the time to answer is over")
    return data_integrity.sign(
        {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": question.did},
        signer=signer,
        verification_method=verification_method,
        suite=SUITE,
        created=created,
        purpose=PURPOSE,
        challenge=question.challenge,
        domain=question.domain,
        expires=question.expires,
    )


def check(
    source: str | bytes | Mapping[str, Any],
    *,
    question: Question,
    accepted_suites: frozenset[str],
    resolver: Resolver,
    now: datetime,
    skew: timedelta = data_integrity.DEFAULT_SKEW,
) -> ProvenControl:
    """Check an answer to `question`; whether it is the first is the caller's to know.

    (1) the question has not lapsed
    (2) the answer is a presentation of the identifier asked about, and holds nothing
    (3) its one proof was made for authentication, for this challenge and domain, with a key of that identifier which
        its document publishes for the purpose; it was in force at `now`

    Raises `VcError`: `QuestionLapsed`, `MalformedValueError` or `ParsingError` for (1) and (2), what
    `data_integrity.verify` raises for (3), `ControllerNotReached` where nothing could be decided.
    """
    if now > question.expires:
        raise QuestionLapsed("the time to answer is over")
    document = strict_json.settled(source, limits=_LIMITS)
    shown = presentation.check(document, inline_contexts="refuse")
    if shown.holder != question.did:
        raise MalformedValueError(f"must be {question.did}", path="/holder")
    if shown.credentials:
        raise MalformedValueError("nothing but the proof is asked for", path="/verifiableCredential")
    proven = data_integrity.verify(
        document,
        accepted_suites=accepted_suites,
        purpose=PURPOSE,
        controller=question.did,
        resolver=resolver,
        now=now,
        challenge=question.challenge,
        domain=question.domain,
        skew=skew,
        max_proofs=1,
    )
    return ProvenControl(question.did, proven.proofs[0].verification_method)


def _text(document: Mapping[str, Any], name: str, path: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise MalformedValueError("must be text", path=path)
    return value
