"""Choosing whom to trust: packs on and off, authorities added by identifier, file or link, and back to the start.

What somebody hands over only proposes: nothing counts before the employer has seen whose word it is and said yes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from keys import dids
from keys.fetching import FetchError
from kit.anchors import NotAList, TrustedAuthority, listed, read_authorities
from kit.i18n import N_
from kit.tokens import digest
from vc import strict_json
from vc.credential import entries, issuer_of
from vc.errors import ParsingError
from vc.policy import Authority
from vc.recognition import CREDENTIAL_TYPE
from verifier.base import BrowserTrust
from verifier.desk import Desk
from verifier.opening import MAX_DOCUMENT, is_link

MOST_OWN = 50
LONGEST_NAME = 200
KEPT = timedelta(days=400)
_LIST_TYPES = ("application/json", "application/vp", "application/vc", "application/ld+json")
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,1000}")
_COUNTRIES_AS_ONE = ("BE",)
"""Countries whose parts make one pack."""


class NothingFound(Exception):
    """What was given names no authority. `sentence` is a source text."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Pack:
    """Authorities of one place, chosen together."""

    code: str
    authorities: tuple[TrustedAuthority, ...]
    chosen: bool


@dataclass(frozen=True)
class Choice:
    """What one employer chose: packs left out, and authorities added."""

    left_out: frozenset[str] = frozenset()
    own: tuple[TrustedAuthority, ...] = ()


# --- what is chosen ---


def choice_of(session: Session, browser: str) -> Choice:
    """Return what a browser chose; the operator's offer for one that never did."""
    found = session.get(BrowserTrust, digest(browser)) if browser else None
    if found is None:
        return Choice()
    return Choice(frozenset(json.loads(found.left_out)), read_authorities(found.own))


def packs(desk: Desk, choice: Choice) -> list[Pack]:
    """Return the operator's authorities by place, with whether they count."""
    by_place: dict[str, list[TrustedAuthority]] = {}
    for one in desk.authorities:
        by_place.setdefault(pack_of(one.authority.territory), []).append(one)
    return [Pack(code, tuple(found), code not in choice.left_out) for code, found in sorted(by_place.items())]


def pack_of(territory: str) -> str:
    """Return the pack that an authority of a territory belongs to."""
    country = territory.split("-")[0]
    return country if country in _COUNTRIES_AS_ONE else territory


def trusted(desk: Desk, choice: Choice) -> tuple[TrustedAuthority, ...]:
    """Return everybody whose word counts under a choice; an authority that stands in two places once."""
    offered = [one for pack in packs(desk, choice) if pack.chosen for one in pack.authorities]
    return tuple({one.authority.did: one for one in (*choice.own, *offered)}.values())


def desk_for(desk: Desk, browser: str) -> Desk:
    """Return the desk as one browser chose it."""
    if not browser:
        return desk
    with desk.database.reading() as session:
        choice = choice_of(session, browser)
    return desk if choice == Choice() else desk.trusting(trusted(desk, choice))


# --- choosing ---


def choose_packs(session: Session, desk: Desk, browser: str, chosen: Sequence[str], *, now: datetime) -> None:
    """Have only the chosen packs count, beside one's own authorities."""
    offered = {pack.code for pack in packs(desk, Choice())}
    _keep(session, browser, left_out=offered - set(chosen), now=now)


def add(session: Session, browser: str, found: Sequence[TrustedAuthority], *, now: datetime) -> None:
    """Have further authorities count; one that is there already is replaced. Raises `NothingFound` past `MOST_OWN`."""
    present = {one.authority.did: one for one in choice_of(session, browser).own}
    kept = {**present, **{one.authority.did: one for one in found}}
    if len(kept) > MOST_OWN:
        raise NothingFound(N_("You can add at most 50 authorities. Remove some first."))
    _keep(session, browser, own=list(kept.values()), now=now)


def remove(session: Session, browser: str, did: str, *, now: datetime) -> None:
    """Have an added authority count no longer."""
    own = [one for one in choice_of(session, browser).own if one.authority.did != did]
    _keep(session, browser, own=own, now=now)


def begin_anew(session: Session, browser: str) -> None:
    """Go back to what the operator offers."""
    session.exec(delete(BrowserTrust).where(col(BrowserTrust.owner_digest) == digest(browser)))


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget choices whose browsers no longer bring their secret."""
    session.exec(delete(BrowserTrust).where(col(BrowserTrust.changed_at) < now - KEPT))


def _keep(
    session: Session,
    browser: str,
    *,
    now: datetime,
    left_out: set[str] | None = None,
    own: Sequence[TrustedAuthority] | None = None,
) -> None:
    row = session.get(BrowserTrust, digest(browser)) or BrowserTrust(owner_digest=digest(browser), changed_at=now)
    if left_out is not None:
        row.left_out = json.dumps(sorted(left_out))
    if own is not None:
        row.own = json.dumps(listed(own), ensure_ascii=False)
    row.changed_at = now
    session.add(row)


# --- finding whom somebody means ---


def found_in(desk: Desk, given: str | bytes) -> tuple[TrustedAuthority, ...]:
    """Return the authorities that an identifier, a link or the content of a file names. Raises `NothingFound`.

    A file or link may hold a list of authorities, an authority's signed decision or list of decisions, or its
    identifier document. Names are what the document says.
    """
    if isinstance(given, str):
        given = given.strip()
        if given.startswith("did:"):
            return (_by_identifier(desk, given),)
        if is_link(given):
            return _in_document(_fetched(desk, given))
    return _in_document(given)


def _by_identifier(desk: Desk, did: str) -> TrustedAuthority:
    try:
        resolved = dids.resolve(did, fetcher=desk.checker.fetcher, now=desk.clock())
    except dids.DidError as error:
        raise NothingFound(
            N_("This identifier leads nowhere now. Check it letter by letter, or try again later.")
        ) from error
    return TrustedAuthority(Authority(resolved.id, {}, ""), {})


def _fetched(desk: Desk, link: str) -> bytes:
    address = f"https://{link.removeprefix('http://')}" if link.startswith("http://") else link
    try:
        return desk.fetcher.fetch(address, accept=_LIST_TYPES, max_bytes=MAX_DOCUMENT).body
    except FetchError as error:
        raise NothingFound(N_("The link could not be opened, or leads to nothing that names an authority.")) from error


def _in_document(data: str | bytes) -> tuple[TrustedAuthority, ...]:
    try:
        found = read_authorities(data)
    except NotAList:
        found = _in_object(data)
    unfit = [one for one in found if not _DID.fullmatch(one.authority.did)]
    if not found or unfit or len(found) > MOST_OWN:
        raise NothingFound(N_("No authority is named in it, or more than 50."))
    return found


def _in_object(data: str | bytes) -> tuple[TrustedAuthority, ...]:
    try:
        document = strict_json.parse_object(data)
    except ParsingError as error:
        raise NothingFound(N_("This is no identifier, no link and no list of authorities.")) from error
    identifier = document.get("id")
    if "verificationMethod" in document and isinstance(identifier, str):
        return (TrustedAuthority(Authority(identifier, {}, ""), {}),)
    signed = [document, *(one for one in entries(document.get("verifiableCredential")) if isinstance(one, dict))]
    by_did = {str(issuer_of(one)): one for one in signed if CREDENTIAL_TYPE in entries(one.get("type"))}
    return tuple(_signer(did, one) for did, one in by_did.items())


def _signer(did: str, document: Mapping[str, Any]) -> TrustedAuthority:
    issuer = document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, dict) else None
    names = {"en": name[:LONGEST_NAME]} if isinstance(name, str) else {}
    return TrustedAuthority(Authority(did, names, ""), {})
