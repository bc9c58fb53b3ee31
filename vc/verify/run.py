"""What one verification carries along from step to step, and the first steps that every document goes through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from keys import dids
from keys.fetching import Fetcher
from vc import clr, enclosed, endorsement, errors, recognition, securing, times
from vc import credential as credentials
from vc.credential import Credential, entries
from vc.effort import Effort
from vc.fetching import BudgetedFetcher
from vc.policy import Anchors, Policy
from vc.proofs.data_integrity import Resolver, VerifiedProofs
from vc.securing import Expectations, Secured

Document = Mapping[str, Any] | str | bytes


@dataclass(frozen=True)
class Proven:
    """What the proofs established: having one *is* the proof."""

    credential: Credential
    proofs: VerifiedProofs


@dataclass(frozen=True)
class Run:
    """One verification: the caller's choices, one clock reading, one budget of fetches and of work."""

    anchors: Anchors
    policy: Policy
    accepted_suites: frozenset[str]
    fetcher: BudgetedFetcher
    resolver: Resolver
    now: datetime
    recognitions: tuple[Document, ...]
    held: recognition.Held
    schemas: Mapping[str, bytes]
    effort: Effort
    inside_record: bool = False

    @classmethod
    def of(
        cls,
        *,
        anchors: Anchors,
        policy: Policy,
        accepted_suites: frozenset[str],
        fetcher: Fetcher,
        now: datetime,
        recognitions: Iterable[Document],
        held: recognition.Held,
        schemas: Mapping[str, bytes] | None,
    ) -> Run:
        """Begin one: each identifier is resolved once, and `now` stands still. Raises `ValueError` for a naive one."""
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        limits = policy.limits
        budgeted = BudgetedFetcher(fetcher, limit=limits.fetches, max_bytes=limits.fetched_bytes)
        return cls(
            anchors=anchors,
            policy=policy,
            accepted_suites=accepted_suites,
            fetcher=budgeted,
            resolver=cache(lambda did: dids.resolve(did, fetcher=budgeted, now=now)),
            now=now,
            recognitions=tuple(recognitions),
            held=held,
            schemas=schemas or {},
            effort=Effort(limits.canonicalized_members),
        )

    def open(self, document: Document) -> Secured:
        """(1) Strict JSON, or an envelope of a kind that this policy reads."""
        claims_too = self.policy.insecure_read_vc_and_vp_claims
        return securing.read(document, envelopes=securing.ENVELOPES_AND_CLAIMS if claims_too else securing.ENVELOPES)

    def shape(self, document: Mapping[str, Any]) -> Credential:
        """(2) (3) Shape, contexts and counts of a credential."""
        limits = self.policy.limits
        self.count_proofs(document, path="/proof")
        if self.inside_record and clr.CREDENTIAL_TYPE in entries(document.get("type")):
            raise errors.MalformedValueError("a record does not hold records", path="/type")
        parts = clr.parts_of(document, limit=limits.credentials)
        beside = (*endorsement.embedded_in(document), *enclosed.enclosed_in(document))
        if len(parts) + len(beside) > limits.credentials:
            raise errors.LimitExceeded("credentials inside it", limit=limits.credentials, path="/credentialSubject")
        return credentials.check(
            document,
            inline_contexts=self.policy.inline_contexts,
            profile=self.policy.contexts,
            limits=limits,
            superseded_digests=self.policy.superseded_digests,
        )

    def count_proofs(self, document: Mapping[str, Any], *, path: str) -> None:
        """(3) Raise `LimitExceeded` for more proofs than are looked at."""
        limit = self.policy.limits.proofs
        if len(entries(document.get("proof"))) > limit:
            raise errors.LimitExceeded("proofs", limit=limit, path=path)

    def prove(self, secured: Secured, credential: Credential) -> Proven:
        """(5) (6) The issuer's key, and the signature over everything. What is used onward is what was signed.

        Under embedded proofs that is the very document whose shape was checked, but for the proofs.
        """
        bound = None if self.policy.insecure_accept_any_signer else credential.issuer
        expected = replace(self.expectations("assertionMethod", bound), resolver=self.keys_for(credential))
        proofs = securing.prove(secured, expected)
        if secured.token is None:
            return Proven(replace(credential, document=proofs.document), proofs)
        return Proven(self.shape(proofs.document), proofs)

    def keys_for(self, credential: Credential) -> Resolver:
        """Where the issuer's keys are looked up: as of now or, if policy and identifier allow it, as of signing."""
        if not self.policy.keys_as_of_signing or not credential.issuer.startswith("did:webvh:"):
            return self.resolver
        made = [proof.get("created") for proof in entries(credential.document.get("proof")) if isinstance(proof, dict)]
        stated = [times.parse(created, path="/proof/created") for created in made if created is not None]
        moment = min(stated, default=credential.valid_from or self.now)
        return cache(lambda did: dids.resolve(did, fetcher=self.fetcher, now=self.now, as_of=moment))

    def expectations(
        self,
        purpose: str,
        controller: str | None,
        *,
        challenge: str | None = None,
        domain: str | None = None,
    ) -> Expectations:
        """What a proof for `purpose` must have been made for, and whose it must be."""
        return Expectations(
            accepted_suites=self.accepted_suites,
            purpose=purpose,
            controller=controller,
            resolver=self.resolver,
            now=self.now,
            skew=self.policy.clock_skew,
            profile=self.policy.contexts,
            max_proofs=self.policy.limits.proofs,
            challenge=challenge,
            domain=domain,
            fetcher=self.fetcher,
        )
