"""What the conformance issuers do: sign a credential as it came, derive, and set a status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import contexts
from issuer.conformance.issuers import ISSUERS, Format, SuiteIssuer
from issuer.conformance.lists import Lists, Place
from keys.dids import did_key
from keys.signers import Signer
from keys.store import KeyStore
from kit.clock import Clock
from kit.conformance import Relaxed
from kit.problems import NotFound
from kit.settings import ServiceSettings
from vc import canonical
from vc import credential as credentials
from vc.credential import Credential, entries
from vc.errors import MalformedValueError, RangeError_
from vc.jose.envelopes import VC_JWT
from vc.presentation import ENVELOPED_CREDENTIAL
from vc.proofs import data_integrity, ecdsa_sd_2023
from vc.proofs.suites import selective
from vc.status import bitstring
from vc.vocabulary import InlineContexts

LIST_VALIDITY = timedelta(hours=1)


class UnknownIssuer(NotFound):
    """The profile has no issuer of this name."""


@dataclass(frozen=True)
class Opened:
    """An issuer with its key, its DID and its lists."""

    issuer: SuiteIssuer
    signer: Signer
    did: str
    verification_method: str
    lists: Lists = field(default_factory=Lists)

    @classmethod
    def of(cls, issuer: SuiteIssuer, keys: KeyStore) -> Opened:
        """Open `issuer`; the first time of all, its key is made."""
        if issuer.key_name not in keys.names():
            keys.create(issuer.key_name, issuer.key_type)
        signer = keys.signer(issuer.key_name)
        did, method = (make(signer.public_key) for make in (did_key.did_for, did_key.verification_method_for))
        return cls(issuer, signer, did, method)


class Issuers:
    """All issuers of the profile."""

    def __init__(self, settings: ServiceSettings, *, keys: KeyStore, clock: Clock) -> None:
        self._origin = settings.public_url
        self._clock = clock
        self._profile = settings.contexts_profile
        self._inline: InlineContexts = "report" if settings.relaxes(Relaxed.INLINE_CONTEXTS) else "refuse"
        self._superseded_digests = settings.relaxes(Relaxed.SUPERSEDED_DIGESTS)
        self._opened = {name: Opened.of(issuer, keys) for name, issuer in ISSUERS.items()}

    def __getitem__(self, name: str) -> Opened:
        """Return one issuer. Raises `UnknownIssuer`."""
        if name not in self._opened:
            raise UnknownIssuer
        return self._opened[name]

    def __iter__(self) -> Iterator[Opened]:
        return iter(self._opened.values())

    def issue(self, name: str, draft: Mapping[str, Any], *, mandatory_pointers: tuple[str, ...]) -> dict[str, Any]:
        """Return `draft`, secured as the issuer called `name` does, with a status entry where it keeps lists.

        (1) it has the shape of a credential, is unsigned, and names this issuer
        (2) every word in it has a meaning
        (3) only then it gets its status entries, and is signed

        Raises `UnknownIssuer`, `vc.errors.VcError`.
        """
        opened = self[name]
        draft = _with_proof_context(draft)
        credential = self._checked(draft, opened)
        canonical.check_data_loss(draft, profile=self._profile)
        document = {**draft, **self._status_member(credential, opened)}
        if opened.issuer.format is Format.VC_JWT:
            return self._enveloped(credential, document, opened)
        issuer = opened.issuer
        return data_integrity.sign(
            document,
            signer=opened.signer,
            verification_method=opened.verification_method,
            suite=selective(mandatory_pointers) if issuer.derives else issuer.suite,
            created=self._clock(),
            profile=self._profile,
        )

    def derive(self, name: str, document: Mapping[str, Any], *, selective_pointers: tuple[str, ...]) -> dict[str, Any]:
        """Return a credential that shows only what the pointers and its issuer, whoever that is, chose.

        Deriving is the holder's part and needs no key; each issuer here offers it. Raises `UnknownIssuer`, `VcError`.
        """
        self[name]
        credentials.check(document, inline_contexts=self._inline, profile=self._profile)
        return ecdsa_sd_2023.derive(document, selective_pointers=selective_pointers, profile=self._profile)

    # --- status ---

    def set_status(self, name: str, entry: Mapping[str, Any], *, credential_id: str | None, value: bool) -> None:
        """Set the status that `entry` names: its place in a list or, without one, every place of the credential.

        A revocation is for good (Bitstring Status List 1.0, section 2.1). Raises `UnknownIssuer`, `VcError`.
        """
        opened = self[name]
        places = self._places(opened, entry, credential_id)
        if not places:
            raise MalformedValueError("no credential of this issuer has such a status", path="/credentialStatus")
        if not value and any(place.purpose == "revocation" for place in places):
            raise MalformedValueError("a revocation is for good", path="/status")
        for place in places:
            opened.lists.set(place.list_id, place.index, value=value)

    def status_list(self, name: str, list_id: str) -> dict[str, Any]:
        """Return the signed list as it stands. Raises `UnknownIssuer`, `UnknownList`."""
        opened, now = self[name], self._clock()
        purpose, bits = opened.lists.published(list_id)
        unsigned = bitstring.status_list_credential(
            bits,
            url=self._list_url(name, list_id),
            issuer=opened.did,
            purpose=purpose,
            valid_from=now,
            valid_until=now + LIST_VALIDITY,
        )
        return data_integrity.sign(
            unsigned,
            signer=opened.signer,
            verification_method=opened.verification_method,
            suite=opened.issuer.suite,
            created=now,
        )

    # --- steps ---

    def _checked(self, draft: Mapping[str, Any], opened: Opened) -> Credential:
        credential = credentials.check(
            draft,
            inline_contexts=self._inline,
            profile=self._profile,
            superseded_digests=self._superseded_digests,
        )
        if "proof" in draft:
            raise MalformedValueError("a credential that is to be signed has no proof yet", path="/proof")
        if credential.issuer != opened.did:
            raise MalformedValueError(f"this issuer is {opened.did}", path="/issuer")
        return credential

    def _status_member(self, credential: Credential, opened: Opened) -> dict[str, Any]:
        if not opened.issuer.purposes:
            return {}
        taken = [opened.lists.take(purpose, credential_id=credential.id) for purpose in opened.issuer.purposes]
        made = [
            bitstring.entry(list_url=url, index=place.index, purpose=place.purpose, entry_id=f"{url}#{place.index}")
            for place in taken
            for url in [self._list_url(opened.issuer.name, place.list_id)]
        ]
        return {"credentialStatus": [*credential.status, *made]}

    def _enveloped(self, credential: Credential, document: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
        if credential.version != "2.0":
            raise MalformedValueError("only a version 2.0 credential is put into a token here", path="/@context")
        token = VC_JWT.sign(document, signer=opened.signer, kid=opened.verification_method, made=self._clock())
        return {
            "@context": contexts.CREDENTIALS_V2,
            "type": ENVELOPED_CREDENTIAL,
            "id": f"data:application/{VC_JWT.typ},{token}",
        }

    def _places(self, opened: Opened, entry: Mapping[str, Any], credential_id: str | None) -> list[Place]:
        if "statusListCredential" not in entry:
            purpose = entry.get("statusPurpose")
            wanted = isinstance(purpose, str) and credential_id is not None
            return opened.lists.places_of(str(credential_id), str(purpose)) if wanted else []
        read = bitstring.read_entry(entry)
        list_id = read.list_url.rpartition("/")[2]
        if read.list_url != self._list_url(opened.issuer.name, list_id):
            return []
        purpose, bits = opened.lists.published(list_id)
        if read.index >= len(bits):
            raise RangeError_(f"the list has {len(bits)} entries and none at {read.index}")
        return [Place(list_id, read.index, purpose)] if purpose == read.purpose else []

    def _list_url(self, name: str, list_id: str) -> str:
        return f"{self._origin}/issuers/{name}/status-lists/{list_id}"


def _with_proof_context(draft: Mapping[str, Any]) -> Mapping[str, Any]:
    """A version 1.1 credential has no words for a Data Integrity proof, unless a context brings them."""
    context = entries(draft.get("@context"))
    if context[:1] != [contexts.CREDENTIALS_V1] or contexts.DATA_INTEGRITY_V2 in context:
        return draft
    return {**draft, "@context": [*context, contexts.DATA_INTEGRITY_V2]}
