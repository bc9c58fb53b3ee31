"""What can be done with organisations: create, find, publish their DID document, rotate their keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from issuer.addresses import machine_origin
from issuer.base import new_id
from issuer.history import identifier_log
from issuer.history import service as history
from issuer.history.models import PublishedKind, PublishedVersion
from issuer.office import Office
from issuer.organisations.models import KeyUse, Organisation, OrganisationKey, OrganisationKind
from keys import KeyType, PublicKey, Signer, signer_for
from keys.dids import did_web, did_webvh
from keys.dids.document import PublishedKey, build
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unprocessable
from kit.rows import columns_of
from vc.held_recognition import list_service, signed_list_service
from vc.proofs import data_integrity
from vc.recognition import whois_service
from vc.text import composed

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_PURPOSES = {
    KeyUse.CREDENTIAL: ("assertionMethod",),
    KeyUse.STATUS: ("assertionMethod",),
    KeyUse.CONTROL: ("authentication",),
}


def create(
    office: Office,
    session: Session,
    *,
    slug: str,
    kind: OrganisationKind,
    name_fr: str,
    name_en: str,
    territory: str,
    url: str = "",
    verifiable_history: bool = False,
) -> Organisation:
    """Create an organisation with its DID and one key for each use.

    `verifiable_history`: its DID is a did:webvh, whose past anyone can verify; otherwise a did:web. This is decided
    once, since everything that it signs names its DID.
    Raises `Unprocessable` for a slug that does not fit into an address, `Conflict` when it is taken.
    """
    if not _SLUG.fullmatch(slug):
        raise Unprocessable(
            advice=N_("A short name has lower-case letters, digits and hyphens. Example: riviere-aux-pins")
        )
    if session.exec(select(Organisation).where(Organisation.slug == slug)).first() is not None:
        raise Conflict(advice=N_("There is an organization of this short name."))
    organisation = Organisation(
        slug=slug,
        kind=kind,
        did=did_web.did_for(f"{machine_origin(office.settings)}/o/{slug}"),  # also the stand-in until a log begins
        name_fr=composed(name_fr),
        name_en=composed(name_en),
        territory=territory,
        url=url,
        created_at=office.clock(),
    )
    session.add(organisation)
    session.flush()
    for use in KeyUse:
        _add_key(office, session, organisation, use)
    if verifiable_history:
        _begin_log(office, session, organisation)
    publish_document(office, session, organisation)
    return organisation


def by_slug(session: Session, slug: str) -> Organisation:
    """Return the organisation called `slug`. Raises `NotFound`."""
    organisation = session.exec(select(Organisation).where(Organisation.slug == slug)).first()
    if organisation is None:
        raise NotFound
    return organisation


def get(session: Session, organisation_id: str) -> Organisation:
    """Return the organisation with this id. Raises `NotFound`."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound
    return organisation


def all_of(session: Session, kind: OrganisationKind | None = None) -> list[Organisation]:
    """Return all organisations, or those of one kind, by their French name."""
    query = select(Organisation).order_by(col(Organisation.name_fr))
    return list(session.exec(query if kind is None else query.where(Organisation.kind == kind)).all())


def name(organisation: Organisation, language: str) -> str:
    """Return the organisation's name in `language`."""
    return organisation.name_fr if language == "fr" else organisation.name_en


# --- keys ---


def signing_key(session: Session, organisation: Organisation, use: KeyUse) -> OrganisationKey:
    """Return the key that signs for `use` now: the newest that is neither retired nor revoked. Raises `NotFound`."""
    return newest_in_use(organisation, keys_of(session, organisation), use)


def keys_of(session: Session, organisation: Organisation) -> Sequence[OrganisationKey]:
    """Return every key that the organisation ever had, the oldest first, as it is now."""
    query = select(OrganisationKey).where(OrganisationKey.organisation_id == organisation.id)
    query = query.order_by(col(OrganisationKey.created_at), col(OrganisationKey.fragment))
    return session.exec(query.execution_options(populate_existing=True)).all()


def keys_as_rows(session: Session, organisation: Organisation) -> Sequence[Row[Any]]:
    """Return what `keys_of` does as the plain values of its rows (`kit.rows`), to be read and compared."""
    return session.connection().execute(_KEYS, {"organisation": organisation.id}).all()


_KEYS = (
    select_columns(*columns_of(OrganisationKey))
    .where(col(OrganisationKey.organisation_id) == bindparam("organisation"))
    .order_by(col(OrganisationKey.created_at), col(OrganisationKey.fragment))
)


def newest_in_use(organisation: Organisation, keys: Sequence[OrganisationKey], use: KeyUse) -> OrganisationKey:
    """Return that of `keys`, the oldest first, which signs for `use` now; see `signing_key`."""
    for key in reversed(keys):
        if key.use is use and key.retired_at is None and key.revoked_at is None:
            return key
    raise NotFound(f"{organisation.slug} has no key for {use}")


def control_key(office: Office, session: Session, organisation: Organisation) -> OrganisationKey:
    """Return the key that proves control of the DID; organisations older than this use get theirs now."""
    try:
        return signing_key(session, organisation, KeyUse.CONTROL)
    except NotFound:
        key = _add_key(office, session, organisation, KeyUse.CONTROL)
        publish_document(office, session, organisation)
        return key


def signer(office: Office, key: OrganisationKey) -> Signer:
    """Return what signs with `key`. Raises `keys.UnknownSigner` when the store does not have it."""
    return signer_for(key.signer, stores={"store": office.keys})


def verification_method(organisation: Organisation, key: OrganisationKey) -> str:
    """Return the address of `key` in the organisation's DID document."""
    return f"{organisation.did}#{key.fragment}"


def sign(
    office: Office,
    organisation: Organisation,
    key: OrganisationKey,
    document: Mapping[str, Any],
    *,
    suite: str,
    created: datetime,
) -> bytes:
    """Return `document` signed with a key of the organisation's: the bytes that are kept, and served as they are.

    Whether it may be signed is the caller's check. Raises as `signer` and `data_integrity.sign`.
    """
    signed = data_integrity.sign(
        document,
        signer=signer(office, key),
        verification_method=verification_method(organisation, key),
        suite=suite,
        created=created,
    )
    return json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()


def rotate_key(office: Office, session: Session, organisation: Organisation, use: KeyUse) -> OrganisationKey:
    """Retire the key in use and make its successor; what the old one signed keeps verifying (K-ROT-1)."""
    history.lock(session, organisation)  # two rotations at once take turns: each retires the last one's successor
    signing_key(session, organisation, use).retired_at = office.clock()
    session.flush()
    made = _add_key(office, session, organisation, use)
    publish_document(office, session, organisation)
    return made


def _add_key(office: Office, session: Session, organisation: Organisation, use: KeyUse) -> OrganisationKey:
    now = office.clock()
    name_in_store = f"{organisation.slug}/{use}/{new_id()}"
    public = office.keys.create(name_in_store, KeyType.ED25519)
    key = OrganisationKey(
        organisation_id=organisation.id,
        use=use,
        fragment=f"{use}-{now.year}-{public.multikey[-8:]}",
        multikey=public.multikey,
        signer=f"store:{name_in_store}",
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key


# --- what is published ---


def has_log(organisation: Organisation) -> bool:
    """Say whether the organisation's DID keeps a history that anyone can verify (did:webvh)."""
    return organisation.did.startswith("did:webvh:")


def web_did(organisation: Organisation) -> str:
    """Return the did:web of the organisation: its DID, or the one beside its did:webvh."""
    return did_webvh.parallel_did_web(organisation.did) if has_log(organisation) else organisation.did


def did_document(office: Office, session: Session, organisation: Organisation) -> dict[str, Any]:
    """Return the document of the organisation's DID: every key it ever had with its dates, and where its lists stand.

    Its whois says who recognises it; an authority's list, whom it recognises.
    """
    return document_with(office, organisation, keys_of(session, organisation))


def document_with(office: Office, organisation: Organisation, keys: Sequence[OrganisationKey]) -> dict[str, Any]:
    """Return the document of the organisation's DID, given all its keys; see `did_document`."""
    document = _document(office, organisation, keys, organisation.did)
    return {**document, "alsoKnownAs": [web_did(organisation)]} if has_log(organisation) else document


def web_document(office: Office, session: Session, organisation: Organisation) -> dict[str, Any]:
    """Return the document that is served as `did.json`: for those who read only did:web, the same under that name."""
    document = _document(office, organisation, keys_of(session, organisation), web_did(organisation))
    return {**document, "alsoKnownAs": [organisation.did]} if has_log(organisation) else document


def _document(office: Office, organisation: Organisation, keys: Sequence[OrganisationKey], did: str) -> dict[str, Any]:
    home = f"{machine_origin(office.settings)}/o/{organisation.slug}"
    services = [whois_service(did, f"{home}/whois")]
    if organisation.kind is OrganisationKind.AUTHORITY:
        services.append(list_service(did, f"{home}/recognitions"))
        services.append(signed_list_service(did, f"{home}/accreditations"))
    return build(did, methods=[_published(key) for key in keys], services=services)


def _begin_log(office: Office, session: Session, organisation: Organisation) -> None:
    placeholder = did_webvh.placeholder_did(f"{machine_origin(office.settings)}/o/{organisation.slug}")
    web = organisation.did
    as_web = json.dumps(_document(office, organisation, keys_of(session, organisation), web))
    document = json.loads(as_web.replace(web, placeholder))
    identifier_log.begin(office, session, organisation, {**document, "alsoKnownAs": [web]})


def publish_document(office: Office, session: Session, organisation: Organisation) -> PublishedVersion:
    """Keep the identifier document as it is from now on; to be called in every unit that changes what it says.

    Units that do so at once take turns, each before it reads the keys: neither's document lacks what the other added.
    """
    history.lock(session, organisation)
    if has_log(organisation):
        identifier_log.append(office, session, organisation, did_document(office, session, organisation))
    body = json.dumps(web_document(office, session, organisation), ensure_ascii=False).encode()
    return history.publish(
        session,
        organisation,
        PublishedKind.DID_DOCUMENT,
        body,
        subject=web_did(organisation),
        now=office.clock(),
    )


def publish_changed_documents(office: Office) -> int:
    """Keep the documents that differ from what was kept last: after an upgrade, or of organisations from before there
    was a history. Returns how many. For upkeep, on any number of replicas."""
    with office.database.reading() as session:
        found = all_of(session)
        kept = [history.newest_of(session, one, PublishedKind.DID_DOCUMENT, web_did(one)) for one in found]
        due = [
            one.id
            for one, newest in zip(found, kept, strict=True)
            if newest is None or json.loads(newest.body) != web_document(office, session, one)
        ]
    for organisation_id in due:
        with office.database.unit() as session:
            publish_document(office, session, get(session, organisation_id))
    return len(due)


def _published(key: OrganisationKey) -> PublishedKey:
    return PublishedKey(
        PublicKey.from_multikey(key.multikey),
        key.fragment,
        purposes=_PURPOSES[key.use],
        expires=_whole(key.retired_at),
        revoked=_whole(key.revoked_at),
    )


def _whole(moment: datetime | None) -> datetime | None:
    """Whole seconds: identifier documents carry no fractions."""
    return moment.replace(microsecond=0) if moment else None
