"""The signing bench: an organisation's key for credentials, and the check that follows each signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from issuer.crash_points import crash_point
from issuer.issuance.draft import Draft, Form, Judged
from issuer.issuance.facts import Facts
from issuer.issuance.forms import Forms
from issuer.issuance.intents import Intent
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKey
from issuer.self_check.own_documents import OwnDocuments
from issuer.self_check.service import check_like_the_first, check_signed_form
from issuer.status import publishing
from kit.rows import made_of

COUNTS_FOR = timedelta(minutes=1)
"""How long what the first of a form passed counts for those that follow."""


@dataclass(frozen=True)
class OnRecord:
    """What the database says about an organisation that signs: which key, and what it publishes."""

    organisation: Organisation
    key: OrganisationKey
    did_document: Mapping[str, Any]
    lists: Mapping[str, bytes]
    """Published status lists, by address."""

    @classmethod
    def read(cls, office: Office, session: Session, organisation: Organisation, basis: str | None = None) -> OnRecord:
        """Look it up: each minute, and whenever the `basis` (`IssuingBasis`) is another than it was or not given.

        Status lists that are closed while the drafts take their places are looked up when needed.
        """

        def look_up() -> OnRecord:
            keys = [made_of(OrganisationKey, iter(row)) for row in organisations.keys_as_rows(session, organisation)]
            return cls(
                organisation,
                organisations.newest_in_use(organisation, keys, KeyUse.CREDENTIAL),
                organisations.document_with(office, organisation, keys),
                publishing.open_lists(office, session, organisation, lasting=COUNTS_FOR),
            )

        minute = office.clock().timestamp() // COUNTS_FOR.total_seconds()
        found: OnRecord = office.on_record.of(organisation.id, basis and (basis, minute), look_up)
        return found


class SigningBench:
    """Holds the key and our own published documents, looked up once for however many drafts are signed."""

    def __init__(self, office: Office, on_record: OnRecord) -> None:
        self._forms = Forms(office)
        organisation, key = on_record.organisation, on_record.key
        self._issuer = organisation.did
        self._signer = organisations.signer(office, key)
        self._verification_method = organisations.verification_method(organisation, key)
        published = {organisation.slug: on_record.did_document}
        self._documents = OwnDocuments(office, published, on_record.lists)
        self._standing: set[Form] = set()
        """The forms that were judged before, and of which that still counts at this bench."""

    @classmethod
    def of(cls, office: Office, organisation_id: str) -> SigningBench:
        """Return the bench of an organisation, with what is on record now."""
        with office.database.reading() as session:
            organisation = session.get_one(Organisation, organisation_id)
            on_record = OnRecord.read(office, session, organisation)
        return cls(office, on_record)

    def prepare(self, facts: Facts, intent: Intent) -> Draft:
        """Return the linted draft of one credential. Raises `vc.lint.DraftRefused`."""
        return self._forms.draft(facts, intent)

    def sign(self, draft: Draft, *, created: datetime) -> bytes:
        """Sign `draft` and check the result as a verifier would. Raises `SignedFormRefused`."""
        crash_point("before-signing")
        body = draft.sign(self._signer, verification_method=self._verification_method, created=created)
        crash_point("after-signing")
        form, issuer = draft.form, self._issuer
        if form is not None and self._passed(form, draft, created):
            check_like_the_first(body, document=draft.document, documents=self._documents, issuer=issuer, now=created)
            return body
        check_signed_form(body, document=draft.document, documents=self._documents, issuer=issuer, now=created)
        if form is not None:
            form.judged = Judged(created, self._documents.digest(draft.document))
        return body

    def _passed(self, form: Form, draft: Draft, now: datetime) -> bool:
        """Whether the form's first one was judged a moment ago, and by documents of ours that are the same today."""
        if form in self._standing:
            return True
        judged = form.judged
        if judged is None or not timedelta() <= now - judged.at < COUNTS_FOR:
            return False
        if judged.documents != self._documents.digest(draft.document):
            return False
        self._standing.add(form)
        return True
