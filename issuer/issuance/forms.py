"""Forms: what the credentials of a class have in common is built, linted and judged once; what is a person's own is put
into its places.

The first credential of a form goes the whole way: built from the catalogue, linted, and after signing judged with all
that a verifier asks. Those that follow differ from it in a handful of own values: two identifiers that we make, two
places in status lists, a name, a result, the moment. As long as name and result are plain text, no rule of the lint
and no question of the verifier beyond the signature, the key, the content, the status and the validity can be answered
otherwise than for the first. Those are asked for each. A credential with a value that is not plain, or with parts of
its own, goes the whole way by itself. tests/issuer/issuance/test_forms.py holds the two ways together.

A form lasts over the chunks and calls of a process: it is found again by all that register and catalogue say, and what
its first credential passed counts for a minute, as long as we publish the same keys and the same status lists.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from issuer.issuance.draft import Draft, Form, TextWithPlaces, noon, prepare, stated, valid_until
from issuer.issuance.facts import Facts
from issuer.issuance.intents import Intent
from issuer.office import Office
from vc import canonical, text, times

LONGEST_PLAIN = 200
"""Characters; far below what the lint allows."""
_MARKS = tuple(f"place-{number}-{secrets.token_hex(16)}" for number in range(7))
"""What stands where the text of a form has places; nobody outside this process can write one."""


class _Own(NamedTuple):
    """The values of one credential that the others of its form do not share, in the order of `_MARKS`."""

    credential_id: str
    subject_id: str
    name: str
    result: str
    revocation_index: str
    suspension_index: str
    valid_from: str

    @property
    def is_plain(self) -> bool:
        """True when the texts are such that nobody could find anything about them."""
        return _is_plain(self.name) and (not self.result or _is_plain(self.result))

    def put_into(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return `document` with these values in their places. What is common is shared, not copied."""
        subject = dict(document["credentialSubject"])
        subject["id"] = self.subject_id
        subject["identifier"] = [{**subject["identifier"][0], "identityHash": self.name}]
        if self.result:
            subject["result"] = [{**subject["result"][0], "value": self.result}]
        revocation, suspension = document["credentialStatus"]
        return {
            **document,
            "id": self.credential_id,
            "validFrom": self.valid_from,
            "credentialSubject": subject,
            "credentialStatus": [
                {**revocation, "statusListIndex": self.revocation_index},
                {**suspension, "statusListIndex": self.suspension_index},
            ],
        }


@lru_cache(maxsize=16)  # all of a chunk have one moment
def _stamp(moment: datetime) -> str:
    return times.stamp(moment)


def _is_plain(value: str) -> bool:
    return 0 < len(value) <= LONGEST_PLAIN and value.isprintable() and text.misleading(value) is None


class Forms:
    """The forms of one organisation's credentials, for a chunk or less; behind them those that the office has met."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._met: dict[Hashable, Form] = {}

    def draft(self, facts: Facts, intent: Intent) -> Draft:
        """Return the linted draft of one credential. Raises `vc.lint.DraftRefused`."""
        kind, result = stated(facts.completion.result)
        own = _Own(
            intent.credential_id,
            intent.subject_id,
            facts.completion.name,
            result,
            str(intent.revocation.index),
            str(intent.suspension.index),
            _stamp(intent.created_at),
        )
        if facts.parts or not own.is_plain:
            return prepare(self._office, facts, intent)
        common = (
            facts.completion.programme_id,
            facts.completion.cohort_id,
            facts.completion.completed_on,
            intent.created_at,
            kind,
            intent.revocation.list_id,
            intent.suspension.list_id,
        )
        form = self._met.get(common)
        if form is None:
            name = _lasting_name(facts, intent, kind)
            form = self._of_the_office(name, intent)
            if form is None:
                return self._first(common, name, facts, intent)
            self._met[common] = form
        return Draft(form.kind.document(own.put_into(form.document), own), form, own)

    def _first(self, common: Hashable, name: bytes | None, facts: Facts, intent: Intent) -> Draft:
        draft = prepare(self._office, facts, intent)
        with suppress(canonical.ShapeUnknown):  # a context written in place: each of those goes the whole way
            draft.form = self._met[common] = _shown_by(draft, facts)
            if name is not None:
                self._office.forms.keep(name, draft.form)
        return draft

    def _of_the_office(self, name: bytes | None, intent: Intent) -> Form | None:
        """The form of that name, unless what it says would be over by now."""
        form: Form | None = self._office.forms.get(name) if name is not None else None
        is_over = form is not None and form.valid_until is not None and form.valid_until <= intent.created_at
        return None if is_over else form


def _shown_by(draft: Draft, facts: Facts) -> Form:
    marks = _Own(*_MARKS) if facts.completion.result else _Own(*_MARKS)._replace(result="")
    marked = marks.put_into(draft.document)
    return Form(draft.document, TextWithPlaces(marked, _MARKS), canonical.Kind(marked, _MARKS), valid_until(facts))


def _lasting_name(facts: Facts, intent: Intent, kind: str) -> bytes | None:
    """What tells a form from all others, whenever it is met: everything that register and catalogue say.

    None for such as last no longer than their moment: where more than `validFrom` tells that, and where endorsements
    stand inside, which are in force today and may not be tomorrow.
    """
    if facts.endorsements or intent.created_at < noon(facts.completion.completed_on):
        return None
    said = (
        facts.offered.digest,
        facts.completion.completed_on,
        kind,
        intent.revocation.list_id,
        intent.suspension.list_id,
    )
    return hashlib.sha256(repr(said).encode()).digest()
