"""Recognitions by their text alone: who says that they recognise whom, to do what. Nothing here is proven.

A document may name several entities, and several actions for each; every pair is a `Statement`. What is no
recognition, or says something that cannot be read, is no statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vc import achievement, securing
from vc import credential as credentials
from vc.canonical import jcs
from vc.credential import Credential, entries
from vc.errors import VcError
from vc.policy import Policy
from vc.recognition.building import CREDENTIAL_TYPE, ISSUE, RECOGNISE
from vc.recognition.conditions import Conditions, of_action
from vc.securing import Secured

Source = Mapping[str, Any] | str | bytes


@dataclass(frozen=True, eq=False)
class Copy:
    """One signed document as it arrived, of good shape and not verified."""

    secured: Secured
    credential: Credential

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the whole document, its proof included: equal for copies that say the same."""
        token = self.secured.token
        return hashlib.sha256(token.encode() if token else jcs.canonicalize(self.secured.document)).digest()

    @property
    def recognised_in(self) -> tuple[str, ...]:
        """Where the signer says that it is itself recognised: the `id`s in `issuer.recognizedIn`."""
        issuer = self.credential.document.get("issuer")
        named = entries(issuer.get("recognizedIn")) if isinstance(issuer, dict) else []
        found = (one.get("id") if isinstance(one, dict) else one for one in named)
        return tuple(url for url in found if isinstance(url, str))


@dataclass(frozen=True, eq=False)
class Statement:
    """`by` recognises `entity` to do `action`: one action for one subject of one document."""

    copy: Copy
    entity: str
    entity_name: str
    action: Mapping[str, Any]
    conditions: Conditions

    @property
    def by(self) -> str:
        """The DID of the authority that is said to have signed."""
        return self.copy.credential.issuer

    @property
    def by_name(self) -> str:
        """What the authority calls itself."""
        issuer = self.copy.credential.document.get("issuer")
        name = achievement.in_language(issuer.get("name"), "en") if isinstance(issuer, dict) else None
        return name or (self.entity_name if self.entity == self.by else self.by)

    @property
    def kind(self) -> str:
        """`issue` or `recognize`."""
        return str(self.action["action"])

    @property
    def end_reason(self) -> str | None:
        """Why it ended, where this is a closed copy."""
        reason = self.action.get("endReason")
        return reason if reason in ("withdrawn", "suspended") else None


def statements_in(source: Source, policy: Policy) -> tuple[Statement, ...]:
    """Everything that `source` says about recognition; nothing where it is no recognition of good shape."""
    try:
        secured = securing.read(source)
        credential = credentials.check(
            secured.document, inline_contexts="refuse", profile=policy.contexts, limits=policy.limits
        )
    except VcError:
        return ()
    if CREDENTIAL_TYPE not in credential.types:
        return ()
    return tuple(_statements(Copy(secured, credential)))


def _statements(copy: Copy) -> Iterator[Statement]:
    by = copy.credential.issuer
    for subject in copy.credential.subjects:
        entity = subject.get("id")
        if not isinstance(entity, str):
            continue
        name = achievement.in_language(subject.get("name"), "en") or entity
        for action in entries(subject.get("recognizedTo")):
            if not isinstance(action, dict) or action.get("recognizedBy", by) != by:
                continue
            if action.get("action") not in (ISSUE, RECOGNISE):
                continue
            try:
                yield Statement(copy, entity, name, action, of_action(action))
            except VcError:
                continue
