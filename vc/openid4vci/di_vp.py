"""The `di_vp` proof type (OpenID4VCI 1.0 appendix F.2): a presentation proves possession of the holder's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keys import InvalidKey, dids
from keys.dids import DidError
from keys.fetching import NoNetwork
from vc.errors import VcError
from vc.jose.claims import identifier
from vc.openid4vci.errors import ErrorName, Oid4vciError
from vc.openid4vci.proof import ProvenKey, key_of_did_url, spend_nonce
from vc.proofs import data_integrity


def check_di_vp_proof(
    presentation: Mapping[str, Any],
    *,
    audience: str,
    nonce_is_ours: Callable[[str], bool],
    now: datetime,
    accepted_suites: frozenset[str],
) -> ProvenKey:
    """Return the key that a `di_vp` proof (F.2) proves: a presentation with one Data Integrity proof.

    Purpose `authentication`, `domain` the issuer identifier, `challenge` the nonce; `holder`, if present,
    is the DID of the verification method, or an object with that `id`. Raises `Oid4vciError` like `check_key_proof`.
    """
    proof = presentation.get("proof")
    if not isinstance(proof, Mapping):
        raise Oid4vciError(ErrorName.INVALID_PROOF, "a di_vp proof carries exactly one proof")
    method, challenge = proof.get("verificationMethod"), proof.get("challenge")
    if not isinstance(method, str) or not isinstance(challenge, str):
        raise Oid4vciError(ErrorName.INVALID_PROOF, "the proof lacks its verification method or challenge")
    try:
        public_key, holder = key_of_did_url(method)
        if identifier(presentation.get("holder", holder)) != holder:
            raise Oid4vciError(ErrorName.INVALID_PROOF, "the holder is not the controller of the key")
        data_integrity.verify(
            dict(presentation),
            accepted_suites=accepted_suites,
            purpose="authentication",
            controller=holder,
            resolver=lambda did: dids.resolve(did, fetcher=NoNetwork()),
            now=now,
            challenge=challenge,
            domain=audience,
        )
    except (VcError, InvalidKey, DidError) as error:
        raise Oid4vciError(ErrorName.INVALID_PROOF, str(error)) from error
    return ProvenKey(public_key, holder, spend_nonce(challenge, nonce_is_ours))
