"""What a verifier trusts and accepts. Nothing here has a quiet default: callers pass it.

*Is it authentic?* is answered by `vc.verify`. *Is it acceptable to me?* is answered here, by the anchors (which
authorities' word on accreditation counts) and by a small acceptance object with one method.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from contexts import Profile
from vc.credential import Credential
from vc.limits import DEFAULT, Limits


@dataclass(frozen=True)
class Authority:
    """An accrediting authority the verifier trusts. `names` by language tag; `territory` as ISO 3166 (`CA-QC`)."""

    did: str
    names: Mapping[str, str] = field(hash=False)
    territory: str

    def name(self, language: str) -> str:
        """The name in `language`, else in English, else in any language, else the DID."""
        return self.names.get(language) or self.names.get("en") or next(iter(self.names.values()), self.did)


@dataclass(frozen=True)
class Institution:
    """An issuer that the verifier's own register names. Being known is not being accredited."""

    did: str
    names: Mapping[str, str] = field(hash=False)

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("en") or next(iter(self.names.values()), self.did)


@dataclass(frozen=True)
class Anchors:
    """The authorities whose accreditations count here. DIDs are compared byte for byte."""

    authorities: frozenset[Authority]
    institutions: frozenset[Institution] = frozenset()

    @classmethod
    def of(cls, *authorities: Authority) -> Anchors:
        return cls(frozenset(authorities))

    @classmethod
    def none(cls) -> Anchors:
        """Nobody is trusted: every credential is at best "valid, not recognised"."""
        return cls(frozenset())

    def authority(self, did: str) -> Authority | None:
        return next((a for a in self.authorities if a.did == did), None)

    def institution(self, did: str) -> Institution | None:
        return next((i for i in self.institutions if i.did == did), None)

    def __contains__(self, did: object) -> bool:
        return any(authority.did == did for authority in self.authorities)

    def __iter__(self) -> Iterator[Authority]:
        return iter(sorted(self.authorities, key=lambda a: a.did))


class Refused(Exception):
    """The policy does not accept the credential. `detail` says why, in English."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Acceptance(Protocol):
    """Whether a well-formed credential, not yet verified, may be considered at all.

    Called after the shape is checked and *before* anything is fetched for it, so an issuer outside the list costs
    no outgoing request. Raises `Refused`.
    """

    def check(self, credential: Credential) -> None: ...


@dataclass(frozen=True)
class IssuerAmong:
    """Only these issuers, by exact identifier."""

    issuers: frozenset[str]

    def check(self, credential: Credential) -> None:
        if credential.issuer not in self.issuers:
            raise Refused(f"{credential.issuer} is not among the accepted issuers")


@dataclass(frozen=True)
class TypeAmong:
    """Only credentials that carry at least one of these types, as written."""

    types: frozenset[str]

    def check(self, credential: Credential) -> None:
        if not self.types.intersection(credential.types):
            raise Refused(f"none of the types {', '.join(credential.types)} is accepted")


@dataclass(frozen=True)
class AllOf:
    """Every one of these must accept. An empty one accepts nothing."""

    parts: tuple[Acceptance, ...]

    def check(self, credential: Credential) -> None:
        if not self.parts:
            raise Refused("an empty policy accepts nothing")
        for part in self.parts:
            part.check(credential)


class UnsafeNoOp:
    """Accepts every issuer and type. The public verifier uses it because its accreditation check says who vouches;
    whoever acts on `verified` alone must not."""

    def check(self, credential: Credential) -> None:
        """Accept."""


@dataclass(frozen=True)
class Policy:
    """How strictly to read.

    `inline_contexts`: "report" reads inline context objects within the engine's limits and says so in the report;
    "refuse" does not read them; "report-any-word" reads more than is safe (`vc.vocabulary`). Addresses outside
    the bundle are refused always; `contexts` says which part of the bundle is served (the test suites' contexts only
    under the conformance profile).
    `keys_as_of_signing`: of an issuer whose identifier keeps a verifiable history (did:webvh), the keys count that it
    published when the proof says it was made, whether it still lists them or not; otherwise those that it lists now.
    `clock_skew`: tolerance on every comparison with `now`. `stapled_status_age`: how old a status list may be that
    came with a recognition, to stand for the one that the authority serves now.
    The `insecure_…` switches exist for the public test suites' samples; each names what it gives up: that the
    issuer controls the key, that the subject is the presenter, that an unknown status mechanism counts as
    unchecked, that a presentation presents something, that a token is the document and does not carry it in a claim
    (`vc.jose.claimed`). `superseded_digests`: see `vc.credential.check`.
    """

    acceptance: Acceptance
    inline_contexts: Literal["refuse", "report", "report-any-word"] = "refuse"
    contexts: Profile = Profile.STANDARD
    keys_as_of_signing: bool = False
    clock_skew: timedelta = timedelta(seconds=60)
    stapled_status_age: timedelta = timedelta(hours=1)
    limits: Limits = DEFAULT
    insecure_accept_any_signer: bool = False
    insecure_accept_any_presenter: bool = False
    insecure_ignore_unknown_status: bool = False
    insecure_accept_empty_presentation: bool = False
    insecure_read_vc_and_vp_claims: bool = False
    superseded_digests: bool = False


PUBLIC = Policy(acceptance=UnsafeNoOp())
"""The public verifier: anyone may have issued it; the report says who vouches for the issuer."""
