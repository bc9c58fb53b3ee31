"""Forms: what the credentials of a class have in common is built, linted and judged once; what is a person's own is put
into its places.

The first credential of a form goes the whole way: built from the catalogue, linted, and after signing judged with all
that a verifier asks. Those that follow differ from it in a handful of own values: two identifiers that we make, two
places in status lists, a name, a result. As long as name and result are plain text, no rule of the lint and no question
of the verifier beyond the signature, the key, the content and the status can be answered otherwise than for the first.
Those four are asked for each. A credential with a value that is not plain, or with parts of its own, goes the whole way
by itself. tests/issuer/issuance/test_forms.py holds the two ways together.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from issuer.issuance.draft import Draft, Facts, Form, TextWithPlaces, prepare, stated
from issuer.issuance.intents import Intent
from issuer.office import Office
from vc import text

LONGEST_PLAIN = 200
"""Characters; far below what the lint allows."""
_MARKS = tuple(f"place-{number}-{secrets.token_hex(16)}" for number in range(6))
"""What stands where the text of a form has places; nobody outside this process can write one."""


@dataclass(frozen=True, slots=True)
class _Own:
    """The values of one credential that the others of its form do not share."""

    credential_id: str
    subject_id: str
    name: str
    result: str
    revocation_index: str
    suspension_index: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The values, in the order of `_MARKS`."""
        return (
            self.credential_id,
            self.subject_id,
            self.name,
            self.result,
            self.revocation_index,
            self.suspension_index,
        )

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
            "credentialSubject": subject,
            "credentialStatus": [
                {**revocation, "statusListIndex": self.revocation_index},
                {**suspension, "statusListIndex": self.suspension_index},
            ],
        }


def _text(document: Mapping[str, Any], *, has_result: bool) -> TextWithPlaces:
    """Return `document` as JSON, with places for what is a credential's own."""
    marked = _Own(*_MARKS) if has_result else replace(_Own(*_MARKS), result="")
    return TextWithPlaces(marked.put_into(document), _MARKS)


def _is_plain(value: str) -> bool:
    return 0 < len(value) <= LONGEST_PLAIN and value.isprintable() and text.misleading(value) is None


class Forms:
    """The forms of one organisation's credentials, as far as they have been seen; for a chunk or less."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: dict[Hashable, Form] = {}

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
        )
        if facts.parts or not own.is_plain:
            return prepare(self._office, facts, intent)
        common = (
            facts.programme.id,
            facts.cohort.id,
            facts.completion.completed_on,
            intent.created_at,
            kind,
            intent.revocation.list_id,
            intent.suspension.list_id,
        )
        form = self._known.get(common)
        if form is not None:
            return Draft(own.put_into(form.document), form, own.texts)
        draft = prepare(self._office, facts, intent)
        draft.form = self._known[common] = Form(draft.document, _text(draft.document, has_result=bool(result)))
        return draft
