"""Recognitions by their text alone: who says that they recognise whom, to do what. Nothing here is proven.

A document may name several entities, and several actions for each; every pair is a `Statement`. What is no
recognition, or says something that cannot be read, is no statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from contexts import Profile
from vc import achievement, securing
from vc import credential as credentials
from vc.credential import Credential, entries, texts_in
from vc.errors import VcError
from vc.limits import Limits
from vc.policy import Policy
from vc.recognition.building import CREDENTIAL_TYPE, ISSUE, RECOGNISE
from vc.recognition.conditions import Conditions, of_action
from vc.securing import Secured

Source = Mapping[str, Any] | str | bytes

_LONGEST_KEPT = 8 * 1024
"""Characters of a text that is kept with what it says; a recognition of one programme has about 2,000."""
_MOST_STATEMENTS = 100
"""In one document: of a longer one the first are read, and the others are as good as unsaid."""
_MOST_KEPT = 256


@dataclass(frozen=True, eq=False)
class Copy:
    """One signed document as it arrived, of good shape and not verified. `digest`: SHA-256 of its text."""

    secured: Secured
    credential: Credential
    digest: bytes

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
        reasons = texts_in(self.action.get("endReason"))
        return next((reason for reason in ("withdrawn", "suspended") if reason in reasons), None)


def statements_in(source: Source, policy: Policy) -> tuple[Statement, ...]:
    """Everything that `source` says about recognition; nothing where it is no recognition of good shape.

    What was read before is not read again: the same text says the same, under the same rules.
    """
    try:
        text = source if isinstance(source, (str, bytes)) else json.dumps(source, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ()
    read = _read if len(text) > _LONGEST_KEPT else _read_once
    return read(text, policy.contexts, policy.limits)


def _read(text: str | bytes, profile: Profile, limits: Limits) -> tuple[Statement, ...]:
    try:
        secured = securing.read(text)
        credential = credentials.check(secured.document, inline_contexts="refuse", profile=profile, limits=limits)
    except VcError:
        return ()
    if CREDENTIAL_TYPE not in credential.types:
        return ()
    digest = hashlib.sha256(text if isinstance(text, bytes) else text.encode()).digest()
    return tuple(_statements(Copy(secured, credential, digest)))


_read_once = lru_cache(maxsize=_MOST_KEPT)(_read)


def _statements(copy: Copy) -> Iterator[Statement]:
    return islice(_all_statements(copy), _MOST_STATEMENTS)


def _all_statements(copy: Copy) -> Iterator[Statement]:
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
