"""Logs of did:webvh identifiers: for organisations that want a past that anyone can verify without trusting us.

Each line is signed by a key of its own, which the line before it announced. So whoever learns today's keys still cannot
write the next line, and whoever runs this server cannot rewrite an old one. Lines are kept as published versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from issuer.base import new_id
from issuer.history import service as history
from issuer.history.models import PublishedKind, PublishedVersion, UpdateKey
from issuer.office import Office
from issuer.organisations.models import Organisation
from keys import KeyType, PublicKey, Signer, signer_for
from keys.dids import did_webvh


def begin(office: Office, session: Session, organisation: Organisation, document: Mapping[str, Any]) -> None:
    """Give a new organisation its identifier, and write the first line of its log.

    `document` is written for a placeholder identifier (`did_webvh.placeholder_did`).
    """
    now = office.clock()
    first, second = (_new_key(office, session, organisation, line=line) for line in (1, 2))
    did, line = did_webvh.first_line(document, signer=_signer(office, first), next_key=_public(second), at=now)
    organisation.did = did
    session.add(organisation)
    session.flush()
    history.publish(session, organisation, PublishedKind.DID_LOG, line, subject=did, now=now)


def append(office: Office, session: Session, organisation: Organisation, document: Mapping[str, Any]) -> None:
    """Write a line for the document as it is from now on; none where it is what the last line says."""
    history.lock(session, organisation)
    newest = history.newest_of(session, organisation, PublishedKind.DID_LOG, organisation.did)
    now = max(office.clock(), newest.published_at) if newest else office.clock()  # a clock may have been set back
    past = did_webvh.read(organisation.did, log(session, organisation), now=now)
    if past.newest().state == document:
        return
    number = past.newest().number + 1
    signing = session.get_one(UpdateKey, (organisation.id, number))
    following = _new_key(office, session, organisation, line=number + 1)
    line = did_webvh.next_line(past, document, signer=_signer(office, signing), next_key=_public(following), at=now)
    history.publish(session, organisation, PublishedKind.DID_LOG, line, subject=organisation.did, now=now)


def log(session: Session, organisation: Organisation) -> bytes:
    """Return the whole log as it is served; empty for an organisation without one."""
    query = select(PublishedVersion).where(
        PublishedVersion.organisation_id == organisation.id, PublishedVersion.kind == PublishedKind.DID_LOG
    )
    return b"".join(line.body for line in session.exec(query.order_by(col(PublishedVersion.sequence))))


def _new_key(office: Office, session: Session, organisation: Organisation, *, line: int) -> UpdateKey:
    name = f"{organisation.slug}/update/{new_id()}"
    public = office.keys.create(name, KeyType.ED25519)
    key = UpdateKey(organisation_id=organisation.id, line=line, multikey=public.multikey, signer=f"store:{name}")
    session.add(key)
    session.flush()
    return key


def _signer(office: Office, key: UpdateKey) -> Signer:
    return signer_for(key.signer, stores={"store": office.keys})


def _public(key: UpdateKey) -> PublicKey:
    return PublicKey.from_multikey(key.multikey)
