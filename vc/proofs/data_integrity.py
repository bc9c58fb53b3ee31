"""VC Data Integrity 1.0: the one pipeline for signing and verifying embedded proofs.

What is particular to a cryptosuite stands in `vc.proofs.suites`. Everything else is here: which proof is looked
at, for whom and what it was made, whose key it names, when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from contexts import Profile
from keys import PublicKey, Signer, dids
from vc import times
from vc.credential import entries
from vc.errors import (
    ControllerNotReached,
    ForeignKey,
    InvalidChallengeError,
    InvalidControlledIdentifierDocumentError,
    InvalidDomainError,
    InvalidRelationshipError,
    InvalidVerificationMethodError,
    KeyNotInForce,
    LimitExceeded,
    MalformedValueError,
    NoPurpose,
    NotSecured,
    ProofGenerationError,
    ProofNotInForce,
    ProofVerificationError,
    UnacceptableSuite,
)
from vc.proofs.suites import Suite, known, suite_for
from vc.vocabulary import is_url

MAX_PROOFS = 16
DEFAULT_SKEW = timedelta(seconds=60)
_LONGEST = 2_000  # characters of any one member of a proof, the value of a selective-disclosure proof aside
_LONGEST_VALUE = 100_000
_TEXTS = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"})
"""What nearly every proof is made of: members that are one text each."""


class PublishedKeyView(Protocol):
    """What is read from a key in an identifier document."""

    @property
    def controller(self) -> str: ...
    @property
    def public_key(self) -> PublicKey: ...
    @property
    def expires(self) -> datetime | None: ...
    @property
    def revoked(self) -> datetime | None: ...


class KeyDocument(Protocol):
    """An identifier document, as far as proofs need one: `keys.dids.DidDocument` is it."""

    def verification_method(self, url: str, *, purpose: str) -> PublishedKeyView: ...


Resolver = Callable[[str], KeyDocument]
"""From an identifier (the part of a verification method before `#`) to its document; raises `keys.dids.DidError`."""


@dataclass(frozen=True)
class VerifiedProof:
    """One proof that holds."""

    suite: str
    verification_method: str
    controller: str
    created: datetime | None
    proof: Mapping[str, Any]


@dataclass(frozen=True)
class VerifiedProofs:
    """All proofs of a document hold; `document` is what they cover, without them."""

    document: Mapping[str, Any]
    proofs: tuple[VerifiedProof, ...]

    @property
    def controller(self) -> str:
        """The controller of the first proof's key (the only one, where the caller named a controller)."""
        return self.proofs[0].controller

    @property
    def lasting(self) -> bool:
        """Of embedded proofs: whether they hold at every time after they were made, while the keys stay the same."""
        return all(one.created is not None and "expires" not in one.proof for one in self.proofs)

    def made_by(self, moment: datetime) -> bool:
        """Whether all were made at `moment` or before, by their own dates."""
        return all(one.created is not None and one.created <= moment for one in self.proofs)


# --- sign -----------------------------------------------------------------------------------------


def sign(
    document: Mapping[str, Any],
    *,
    signer: Signer,
    verification_method: str,
    suite: str | Suite,
    created: datetime,
    purpose: str = "assertionMethod",
    challenge: str | None = None,
    domain: str | None = None,
    expires: datetime | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
    profile: Profile = Profile.STANDARD,
) -> dict[str, Any]:
    """`document` with a proof added; proofs it already has are kept, and covered where `previous_proof` names them.

    Raises `ProofGenerationError` (suite that does not sign, or another kind of key), and what canonicalisation
    refuses: `DataLossDetectionError`, `MalformedValueError`, `UnknownContextError`. The shape of the document is
    not checked here: `vc.lint` does that before a key is touched.
    """
    declared = known(suite) if isinstance(suite, str) else suite
    if declared is None or not declared.signs:
        raise ProofGenerationError(f"{suite!r} is not a suite that signs here")
    if signer.public_key.type not in declared.key_types:
        raise ProofGenerationError(f"{declared.name} does not take a {signer.public_key.type.value} key")
    proof = _options(
        declared,
        id=proof_id,
        created=times.stamp(created),
        expires=times.stamp(expires) if expires else None,
        verificationMethod=verification_method,
        proofPurpose=purpose,
        challenge=challenge,
        domain=domain,
        previousProof=previous_proof if previous_proof is None else _plain(previous_proof),
    )
    context = document.get("@context")
    if declared.context_in_proof and context is not None:
        proof = {"@context": context, **proof}
    existing = entries(document.get("proof"))
    unsecured = _unsecured(document, _named(proof, existing))
    proof["proofValue"] = declared.transform.proof_value(
        unsecured,
        proof if declared.context_in_proof else {**proof, "@context": context},
        signer=signer,
        profile=profile,
    )
    return {**document, "proof": [*existing, proof] if existing else proof}


def _options(suite: Suite, **members: Any) -> dict[str, Any]:
    options = {"type": suite.proof_type, "cryptosuite": suite.name, **members}
    return {name: value for name, value in options.items() if value is not None}


def _plain(previous: str | Sequence[str]) -> str | list[str]:
    return previous if isinstance(previous, str) else list(previous)


# --- verify ---------------------------------------------------------------------------------------


def verify(
    document: Mapping[str, Any],
    *,
    accepted_suites: frozenset[str],
    purpose: str,
    controller: str | None,
    resolver: Resolver,
    now: datetime,
    challenge: str | None = None,
    domain: str | None = None,
    skew: timedelta = DEFAULT_SKEW,
    profile: Profile = Profile.STANDARD,
    max_proofs: int = MAX_PROOFS,
) -> VerifiedProofs:
    """Check every proof of `document`. All must hold; one that does not spoils the rest.

    (1) there are proofs, and not too many; each is well-formed; chains name proofs that are there
    (2) the suite is one that the caller accepts
    (3) the purpose is the caller's
    (4) it was made for the caller's domain and challenge, where the caller gives them
    (5) the verification method is one address, and belongs to `controller`, byte for byte
    (6) resolving the controller gives a key of the suite's kind, published for the purpose
    (7) the signature fits the canonical document and options
    (8) the proof and its key were in force

    Steps 1 to 5 of all proofs come before the first fetch (6), and 7 before 8.
    `controller`: whose key it must be; None leaves the binding to the caller, who finds it in the result.
    `resolver`: see `Resolver`. Raises the errors of `vc.errors` by the name of what failed; `ControllerNotReached`
    and `UnacceptableSuite` mean "could not be checked".
    """
    proofs = _proofs(document, max_proofs)
    checked = [
        _before_fetching(
            proof,
            accepted_suites=accepted_suites,
            purpose=purpose,
            controller=controller,
            challenge=challenge,
            domain=domain,
        )
        for proof in proofs
    ]
    _check_chains(proofs)
    verified = []
    for proof, (suite, signer_id) in zip(proofs, checked, strict=True):
        key = published_key(proof["verificationMethod"], signer_id, purpose, resolver)
        if key.public_key.type not in suite.key_types:
            raise InvalidVerificationMethodError(f"{suite.name} does not take a {key.public_key.type.value} key")
        _check_signature(document, proof, proofs, suite, key.public_key, profile)
        created = _check_times(proof, suite, key, now=now, skew=skew)
        verified.append(VerifiedProof(suite.name, proof["verificationMethod"], key.controller, created, proof))
    return VerifiedProofs(_unsecured(document, ()), tuple(verified))


def _proofs(document: Mapping[str, Any], max_proofs: int) -> list[Mapping[str, Any]]:
    """(1) The proofs, each well-formed."""
    proofs = entries(document.get("proof"))
    if not proofs:
        raise NotSecured("there is no proof")
    if len(proofs) > max_proofs:
        raise LimitExceeded("proofs", limit=max_proofs, path="/proof")
    for proof in proofs:
        if not isinstance(proof, dict):
            raise ProofVerificationError("a proof must be an object")
        _check_proof_members(proof)
    return proofs


def _check_proof_members(proof: Mapping[str, Any]) -> None:
    if not isinstance(proof.get("challenge", ""), str):
        raise InvalidChallengeError("the proof's challenge is not a text")
    for name, value in proof.items():
        if name in _TEXTS and isinstance(value, str):
            continue
        flat = all(not isinstance(item, (dict, list)) for item in entries(value))
        if name not in ("@context", "verificationMethod") and (name.startswith("@") or ":" in name or not flat):
            raise ProofVerificationError(f"{name[:40]!r} does not belong in a proof")
    for name in ("type", "verificationMethod", "proofValue"):
        if proof.get(name) is None:
            raise ProofVerificationError(f"the proof has no {name}")
    if proof.get("proofPurpose") is None:
        raise NoPurpose("the proof has no proofPurpose")
    for name in ("type", "proofValue", "cryptosuite", "nonce", "challenge", "id"):
        value = proof.get(name, "")
        if not isinstance(value, str) or len(value) > (_LONGEST_VALUE if name == "proofValue" else _LONGEST):
            raise ProofVerificationError(f"the proof's {name} is not a text of sensible length")
    if "id" in proof and not is_url(proof["id"]):
        raise ProofVerificationError("the proof's id is not a URL")
    for name in ("created", "expires"):
        if name in proof:
            _proof_time(proof, name)
    domains = entries(proof.get("domain", []))
    if not all(isinstance(domain, str) for domain in domains):
        raise InvalidDomainError("the proof's domain is not a text or a set of texts")


def _proof_time(proof: Mapping[str, Any], name: str) -> datetime:
    try:
        return times.parse(proof[name], path=f"/proof/{name}")
    except MalformedValueError as error:
        raise ProofVerificationError(error.detail) from None


def _before_fetching(
    proof: Mapping[str, Any],
    *,
    accepted_suites: frozenset[str],
    purpose: str,
    controller: str | None,
    challenge: str | None,
    domain: str | None,
) -> tuple[Suite, str]:
    """(2) to (5): everything that the proof says about itself. Returns its suite and whose key it names."""
    suite = _suite(proof, accepted_suites)
    if proof["proofPurpose"] != purpose:
        raise InvalidRelationshipError(f"the proof was not made for the purpose {purpose}")
    if domain is not None and set(entries(proof.get("domain"))) != {domain}:
        raise InvalidDomainError("the proof was not made for this verifier's domain")
    if challenge is not None and proof.get("challenge") != challenge:
        raise InvalidChallengeError("the proof does not answer this challenge")
    signer_id = controller_of(proof["verificationMethod"])
    if controller is not None and signer_id != controller:
        raise ForeignKey(f"the proof was made with a key of {signer_id}, not of {controller}")
    return suite, signer_id


def _suite(proof: Mapping[str, Any], accepted: frozenset[str]) -> Suite:
    if proof["type"] == "DataIntegrityProof":
        if not proof.get("cryptosuite"):
            raise ProofVerificationError("the proof has no cryptosuite")
        suite = suite_for(proof["cryptosuite"], accepted=accepted)
    else:
        suite = suite_for(proof["type"], accepted=accepted)
        if "created" not in proof or "cryptosuite" in proof:
            raise ProofVerificationError(f"a proof of type {suite.name} has created and no cryptosuite")
    if suite.proof_type != proof["type"]:
        raise UnacceptableSuite(proof["type"][:100], accepted)
    return suite


def controller_of(verification_method: Any) -> str:
    """(5) The identifier before the fragment: one fragment, no query, and for a DID no path."""
    if not is_url(verification_method) or len(verification_method) > _LONGEST:
        raise InvalidVerificationMethodError("the verification method is not one absolute URL")
    identifier, _, fragment = verification_method.partition("#")
    plain_did = not identifier.startswith("did:") or "/" not in identifier
    if not fragment or "#" in fragment or "?" in verification_method or not plain_did:
        raise InvalidVerificationMethodError("the verification method is not an identifier and a fragment")
    assert isinstance(identifier, str)  # noqa: S101 - is_url said so
    return identifier


def _check_chains(proofs: Sequence[Mapping[str, Any]]) -> None:
    """(1) Every `previousProof` names another proof of this document, and following them ends."""
    if not any("id" in proof or "previousProof" in proof for proof in proofs):
        return
    ids = [proof["id"] for proof in proofs if "id" in proof]
    if len(set(ids)) != len(ids):
        raise ProofVerificationError("two proofs have the same id")
    follows: dict[str, list[str]] = {}
    for proof in proofs:
        previous = _previous(proof)
        if set(previous) - set(ids):
            raise ProofVerificationError("previousProof names a proof that is not there")
        if "id" in proof:
            follows[proof["id"]] = previous
    while follows:
        ends = [name for name, previous in follows.items() if not set(previous) & follows.keys()]
        if not ends:
            raise ProofVerificationError("the proofs follow one another in a circle")
        for name in ends:
            del follows[name]


def _previous(proof: Mapping[str, Any]) -> list[str]:
    if "previousProof" not in proof:
        return []
    previous = entries(proof["previousProof"])
    if not previous or not all(isinstance(name, str) for name in previous):
        raise ProofVerificationError("previousProof is not one or more ids")
    return previous


def _named(proof: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    names = _previous(proof)
    if not names:
        return []
    return [other for other in proofs if other.get("id") in names and other is not proof]


def _unsecured(document: Mapping[str, Any], previous: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The document as it is hashed: without proofs, except those that the proof at hand follows."""
    if "proof" not in document and not previous and isinstance(document, dict):
        return document
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if previous:
        unsecured["proof"] = list(previous)
    return unsecured


def published_key(url: str, signer_id: str, purpose: str, resolver: Resolver) -> PublishedKeyView:
    """(6) The key, from its controller's document and nowhere else."""
    try:
        return resolver(signer_id).verification_method(url, purpose=purpose)
    except (dids.DidNotResolved, dids.UnsupportedDidMethod) as error:
        raise ControllerNotReached(error.reason) from error
    except dids.InvalidDid as error:  # a bad did:key is a bad key; a bad address has no document to find one in
        bad_key = signer_id.startswith(("did:key:", "did:jwk:"))
        kind = InvalidVerificationMethodError if bad_key else InvalidControlledIdentifierDocumentError
        raise kind(error.reason) from error
    except dids.InvalidVerificationMethod as error:
        raise InvalidVerificationMethodError(error.reason) from error
    except dids.InvalidRelationship as error:
        raise InvalidRelationshipError(error.reason) from error
    except dids.DidError as error:
        raise InvalidControlledIdentifierDocumentError(error.reason) from error


def check_key_in_force(key: PublishedKeyView, made: datetime) -> None:
    """Raises `KeyNotInForce` unless `key` was in use at the moment `made`: of signing, or now where none is told."""
    if key.revoked is not None and key.revoked <= made:
        raise KeyNotInForce(f"the key was revoked on {times.stamp(key.revoked)}")
    if key.expires is not None and key.expires <= made:
        raise KeyNotInForce(f"the key ended on {times.stamp(key.expires)}")


def _check_signature(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    proofs: Sequence[Mapping[str, Any]],
    suite: Suite,
    key: PublicKey,
    profile: Profile,
) -> None:
    """(7) The signature fits.

    VC-DI lets a document carry more contexts than a proof that lists its own (JCS), and drops those. We refuse
    them: what is submitted, what was signed and what is shown are one document (threat V-LD-2).
    """
    if "@context" in proof and entries(proof["@context"]) != entries(document.get("@context")):
        raise ProofVerificationError("the document's @context is not the one that was signed")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if not suite.context_in_proof:
        options["@context"] = document.get("@context")
    unsecured = _unsecured(document, _named(proof, proofs))
    suite.transform.check(unsecured, options, proof["proofValue"], key=key, profile=profile)


def _check_times(
    proof: Mapping[str, Any], suite: Suite, key: PublishedKeyView, *, now: datetime, skew: timedelta
) -> datetime | None:
    """(8) Made in the past, not over, and with a key that was in force when it was made (or is now, if undated)."""
    created = _proof_time(proof, "created") if "created" in proof else None
    check_key_in_force(key, created or now)
    if created is not None and created > now + skew:
        detail = f"it says it was made on {times.stamp(created)}, which is to come"
        raise ProofNotInForce(detail, suite=suite.name, verification_method=proof["verificationMethod"])
    if "expires" in proof:
        expires = _proof_time(proof, "expires")
        if expires < now - skew:
            detail = f"it ended on {times.stamp(expires)}"
            raise ProofNotInForce(detail, suite=suite.name, verification_method=proof["verificationMethod"])
    return created


__all__ = [
    "DEFAULT_SKEW",
    "MAX_PROOFS",
    "Resolver",
    "VerifiedProof",
    "VerifiedProofs",
    "sign",
    "verify",
]
