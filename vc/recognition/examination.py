"""Examining one statement: whether its authority signed it, what its status list says, what its schema admits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keys.fetching import Fetched, Fetcher, FetchError
from vc import achievement, schemas, times
from vc.credential import Credential, entries, multibase_digest
from vc.effort import Effort
from vc.errors import ControllerNotReached, LimitExceeded, ProofNotInForce, VcError
from vc.policy import Policy
from vc.proofs.data_integrity import Resolver
from vc.recognition import memory
from vc.recognition.answers import Standing
from vc.recognition.building import is_digest_of, programme_schema
from vc.recognition.reading import Copy, Statement
from vc.recognition.standing import listed
from vc.securing import Expectations
from vc.status import bitstring

_MOST_PROOFS = 4
_LARGEST_SCHEMA = 64 * 1024
_NO_PROGRAMME = "https://no-programme.invalid/6f0d5a2c"
"""An identifier that no training has."""


class NotProven(Exception):
    """The statement counts for nothing. `unknown` says in English why that may be another time; None: a forgery."""

    def __init__(self, unknown: str | None) -> None:
        super().__init__(unknown or "not signed by its authority")
        self.unknown = unknown


@dataclass
class Examiner:
    """For one verification. Every question about one document is answered once."""

    credential: Credential
    today: datetime
    fetcher: Fetcher
    resolver: Resolver
    accepted_suites: frozenset[str]
    policy: Policy
    carried: Mapping[str, bytes]
    status_lists: Mapping[str, Mapping[str, Any]]
    troubles: list[str]
    _effort: Effort = field(init=False)
    _proven: dict[bytes, NotProven | None] = field(default_factory=dict)
    _status: dict[bytes, tuple[Standing, str]] = field(default_factory=dict)
    _admits: dict[Statement, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """All recognitions together may ask for as much work as everything else in the verification (V-DOS-7)."""
        self._effort = Effort(self.policy.limits.canonicalized_members)

    # --- who signed it ----------------------------------------------------------------------------

    def prove(self, statement: Statement) -> None:
        """Check that the authority that is named signed the document. Raises `NotProven`."""
        digest = statement.copy.digest
        if digest not in self._proven:
            self._proven[digest] = self._refusal(statement.copy)
        refusal = self._proven[digest]
        if refusal is not None:
            raise refusal

    def _refusal(self, copy: Copy) -> NotProven | None:
        try:
            memory.prove(copy, self._expectations(copy.credential.issuer), self._effort)
        except LimitExceeded as error:
            return self._unknown(f"the recognitions of the training: {error.detail}")
        except ControllerNotReached as error:
            return self._unknown(f"the keys of an authority: {error.detail}")
        except ProofNotInForce as error:
            return self._unknown(f"the seal of a recognition: {error.detail}")
        except VcError:
            return NotProven(None)
        return None

    def _unknown(self, detail: str) -> NotProven:
        self.troubles.append(detail)
        return NotProven(detail)

    def _expectations(self, authority: str) -> Expectations:
        return Expectations(
            accepted_suites=self.accepted_suites,
            purpose="assertionMethod",
            controller=authority,
            resolver=self.resolver,
            now=self.today,
            skew=self.policy.clock_skew,
            profile=self.policy.contexts,
            max_proofs=min(self.policy.limits.proofs, _MOST_PROOFS),
        )

    # --- what its status list says ----------------------------------------------------------------

    def status(self, statement: Statement) -> tuple[Standing, str]:
        """RECOGNISED, WITHDRAWN, SUSPENDED or NOT_CHECKED today, and for the last why."""
        digest = statement.copy.digest
        if digest not in self._status:
            self._status[digest] = listed(statement.copy.credential, self._entry)
        return self._status[digest]

    def _entry(self, entry: Mapping[str, Any], issuer: str) -> bitstring.StatusAnswer:
        """By a stapled list, if there is a fresh one that verifies; else by the one that the authority serves."""
        stapled = self.status_lists.get(str(entry.get("statusListCredential")))
        if stapled is not None and self._is_fresh(stapled):
            try:
                return self._asked(entry, issuer, _Stapled(json.dumps(stapled).encode()))
            except VcError:
                pass  # worth nothing, and nothing lost: the authority is asked
        return self._asked(entry, issuer, self.fetcher)

    def _asked(self, entry: Mapping[str, Any], issuer: str, fetcher: Fetcher) -> bitstring.StatusAnswer:
        return bitstring.check(
            entry,
            issuer=issuer,
            fetcher=fetcher,
            resolver=self.resolver,
            accepted_suites=self.accepted_suites,
            now=self.today,
            skew=self.policy.clock_skew,
            profile=self.policy.contexts,
            limits=self.policy.limits,
        )

    def _is_fresh(self, stapled: Mapping[str, Any]) -> bool:
        """Whether a list is young enough to stand for the one that is served now."""
        try:
            made = times.parse(stapled.get("validFrom"), path="/validFrom", zone_required=True)
        except VcError:
            return False
        return self.today - made <= self.policy.stapled_status_age

    # --- what its schema admits -------------------------------------------------------------------

    def admits(self, statement: Statement) -> bool:
        """Whether the schema that the statement pins admits the learner's credential, secured form removed."""
        if statement not in self._admits:
            self._admits[statement] = self._admitted(statement.action)
        return self._admits[statement]

    def _admitted(self, action: Mapping[str, Any]) -> bool:
        pinned = action.get("outputValidation")
        if not isinstance(pinned, dict) or not isinstance(pinned.get("digestMultibase"), str):
            return False  # an accreditation narrows: one that fixes nothing recognises nothing
        digest, url = multibase_digest(pinned["digestMultibase"]), pinned.get("id")
        if digest is None or not isinstance(url, str):
            return False
        programme = achievement.programme_of(self.credential.document)
        if programme is not None and is_digest_of(digest, programme_schema(url, programme)):
            return True
        stated = _stated_programme(action)
        if stated is not None and is_digest_of(digest, programme_schema(url, stated)):
            return False  # proven to be about another programme
        if programme is None:
            return False
        schema = self._schema(url, digest)
        return schema is not None and self._fixes_the_programme(schema, url)

    def _fixes_the_programme(self, schema: bytes, url: str) -> bool:
        """Whether a schema of another make admits this training, and would not admit it under any other name."""
        named = {"type": schemas.JSON_SCHEMA, "id": url}
        (subject,) = entries(self.credential.document["credentialSubject"])
        elsewhere = {**subject, "achievement": {**subject["achievement"], "id": _NO_PROGRAMME}}
        another = {**self.credential.document, "credentialSubject": elsewhere}
        held, too_wide = (
            schemas.check(document, named, bundle={url: schema}).outcome
            for document in (self.credential.document, another)
        )
        return held is schemas.Outcome.SUCCESS and too_wide is schemas.Outcome.FAILURE

    def _schema(self, url: str, digest: bytes) -> bytes | None:
        supplied = self.carried.get(url)
        if supplied is not None and is_digest_of(digest, supplied):
            return supplied
        try:
            fetched = self.fetcher.fetch(
                url, accept=("application/schema+json", "application/json"), max_bytes=_LARGEST_SCHEMA
            )
        except FetchError as error:
            self.troubles.append(f"what an authority recognises exactly: {error.reason}")
            return None
        if not is_digest_of(digest, fetched.body):
            self.troubles.append("what an authority recognises exactly: the schema served is not the one it pinned")
            return None
        return fetched.body


@dataclass(frozen=True)
class _Stapled:
    """Serves one status list, whatever is asked: it is verified like one that was fetched."""

    body: bytes

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        if len(self.body) > max_bytes:
            raise FetchError(url, "too long")
        return Fetched(url, accept[0], self.body)


def _stated_programme(action: Mapping[str, Any]) -> str | None:
    programme = action.get("programme")
    stated = programme.get("id") if isinstance(programme, dict) else programme
    return stated if isinstance(stated, str) else None
