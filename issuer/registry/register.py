"""The register as questions to the rows of the decisions: what stands, what was decided, who may issue.

Where an accreditation stood on a day follows from its signed editions: each says from when on it counts, and the one
that was signed last counts for every day from then on. So a day in the past is answered with what is known today, a
withdrawal that was decided later for that day included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from issuer.accreditation.models import Accreditation, AccreditationState, Recognition
from issuer.organisations.models import Organisation, OrganisationKind
from kit.problems import NotFound
from kit.searching import has_word, words

PAGE_SIZE = 25
LONGEST_TABLE = 20_000
"""Rows of a table that is downloaded in one go."""


class Standing(StrEnum):
    """Where an accreditation stands on a day."""

    UPCOMING = "upcoming"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Act(StrEnum):
    """What a line of the decisions reports."""

    ACCREDITED = "accredited"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


ENDED = "ended"
"""A group of standings people filter by: withdrawn or expired."""


@dataclass(frozen=True)
class Query:
    """What somebody is looking for. Empty members do not narrow; `moment` is the day they ask about."""

    moment: datetime
    authority_id: str = ""
    text: str = ""
    institution: str = ""
    territory: str = ""
    track: str = ""
    stream: str = ""
    standing: str = ""
    """A `Standing`, or `ENDED`."""


@dataclass(frozen=True)
class Entry:
    """One accreditation with its authority, and where it stood at the moment that was asked about."""

    accreditation: Accreditation
    authority: Organisation
    standing: Standing
    since: datetime
    """From when on the standing counts."""
    reason: str


@dataclass(frozen=True)
class Found:
    """One page of entries, and how many there are in all."""

    entries: tuple[Entry, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one also where nothing was found."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class Decision:
    """One act of an authority, or an end that came with its day. `at`: when it was signed, or when it ended."""

    act: Act
    at: datetime
    effective: datetime
    reason: str
    edition: int
    """0 for an end by date: nobody signed anything on that day."""
    accreditation: Accreditation
    authority: Organisation


@dataclass(frozen=True)
class RecognisedIssuer:
    """An institution that issues something accredited today."""

    did: str
    name: str
    territory: str


def moment_of(day: date | None, now: datetime) -> datetime:
    """Return the moment that stands for a day: noon (UTC) of another day, this very moment for today or no day."""
    return now if day is None or day == now.date() else datetime.combine(day, time(12), UTC)


# --- what stands ---


def find(session: Session, query: Query, *, page: int = 1, size: int = PAGE_SIZE) -> Found:
    """Return one page of what `query` describes, the newest decision first."""
    rows = _entries(query)
    total = session.exec(select(func.count()).select_from(rows.subquery())).one()
    page = min(max(page, 1), max(1, -(-total // size)))
    rows = rows.order_by(col(Accreditation.decided_at).desc(), col(Accreditation.number))
    return Found(
        tuple(_entry(row, query.moment) for row in session.exec(rows.limit(size).offset((page - 1) * size))),
        total,
        page,
    )


def entry(session: Session, authority: Organisation, accreditation_id: str, *, moment: datetime) -> Entry:
    """Return one accreditation of `authority`. Raises `NotFound` where nothing was signed about it."""
    wanted = _entries(Query(moment, authority_id=authority.id)).where(col(Accreditation.id) == accreditation_id)
    row = session.exec(wanted).first()
    if row is None:
        raise NotFound
    return _entry(row, moment)


def _entries(query: Query) -> Select[Accreditation, Organisation, Recognition]:
    in_effect = (
        select(Recognition.accreditation_id, func.max(Recognition.edition).label("edition"))
        .where(col(Recognition.signed_at).is_not(None), Recognition.effective_at <= query.moment)
        .group_by(col(Recognition.accreditation_id))
        .subquery()
    )
    first = select(Recognition.accreditation_id).where(
        Recognition.edition == 1, col(Recognition.signed_at).is_not(None)
    )
    rows = (
        select(Accreditation, Organisation, Recognition)
        .options(defer(col(Recognition.body)))  # type: ignore[arg-type]  # an attribute of a table is what it takes
        .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
        .outerjoin(in_effect, in_effect.c.accreditation_id == Accreditation.id)
        .outerjoin(
            Recognition,
            and_(
                col(Recognition.accreditation_id) == Accreditation.id, col(Recognition.edition) == in_effect.c.edition
            ),
        )
        .where(col(Accreditation.id).in_(first))
    )
    return rows.where(*_conditions(query))


def _conditions(query: Query) -> Iterator[ColumnElement[bool]]:
    for word in words(query.text):
        yield has_word(
            word,
            col(Accreditation.programme_title_fr),
            col(Accreditation.programme_title_en),
            col(Accreditation.institution_name),
            col(Accreditation.number),
        )
    exact = {Accreditation.authority_id: query.authority_id, Accreditation.institution_did: query.institution}
    yield from (col(column) == value for column, value in exact.items() if value)
    among = {
        Accreditation.territory: query.territory,
        Accreditation.track: query.track,
        Accreditation.stream: query.stream,
    }
    yield from (_holds(column, value) for column, value in among.items() if value)
    if query.standing:
        yield _stands(query.standing, query.moment)


def _holds(column: Any, value: str) -> ColumnElement[bool]:
    """The condition that `value` is among the values, with spaces between, of a column."""
    return (literal(" ") + col(column) + literal(" ")).contains(f" {value} ", autoescape=True)


def _stands(standing: str, moment: datetime) -> ColumnElement[bool]:
    state, until = col(Recognition.becomes), col(Accreditation.valid_until)
    open_ended = or_(until.is_(None), until >= moment)
    expired = and_(state != AccreditationState.WITHDRAWN, until < moment)
    conditions: dict[str, ColumnElement[bool]] = {
        Standing.UPCOMING: state.is_(None),
        Standing.IN_FORCE: and_(state == AccreditationState.ACTIVE, open_ended),
        Standing.SUSPENDED: and_(state == AccreditationState.SUSPENDED, open_ended),
        Standing.WITHDRAWN: state == AccreditationState.WITHDRAWN,
        Standing.EXPIRED: expired,
        ENDED: or_(state == AccreditationState.WITHDRAWN, expired),
    }
    if standing not in conditions:
        raise NotFound
    return conditions[standing]


def _entry(row: Any, moment: datetime) -> Entry:
    accreditation, authority, edition = row
    standing, since = _standing(accreditation, edition, moment)
    reason = edition.reason if edition is not None and standing.value == edition.becomes.value else ""
    return Entry(accreditation, authority, standing, since, reason)


def _standing(accreditation: Accreditation, edition: Recognition | None, moment: datetime) -> tuple[Standing, datetime]:
    until = accreditation.valid_until
    if edition is None:
        return Standing.UPCOMING, accreditation.valid_from
    if edition.becomes is AccreditationState.WITHDRAWN:
        return Standing.WITHDRAWN, edition.effective_at
    if until is not None and until < moment:
        return Standing.EXPIRED, until
    if edition.becomes is AccreditationState.SUSPENDED:
        return Standing.SUSPENDED, edition.effective_at
    return Standing.IN_FORCE, edition.effective_at


# --- what was decided ---


def decisions(
    session: Session, *, now: datetime, authority_id: str = "", accreditation_id: str = "", first: int = 100
) -> list[Decision]:
    """Return the newest `first` decisions, ends by date among them, newest first."""
    only = [
        *([Accreditation.authority_id == authority_id] if authority_id else []),
        *([Accreditation.id == accreditation_id] if accreditation_id else []),
    ]
    signed = (
        select(Recognition, Accreditation, Organisation)
        .options(defer(col(Recognition.body)))  # type: ignore[arg-type]  # as above
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
        .where(col(Recognition.signed_at).is_not(None), *only)
        .order_by(col(Recognition.signed_at).desc(), col(Recognition.edition).desc())
        .limit(first)
    )
    over = (
        select(Accreditation, Organisation)
        .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
        .where(col(Accreditation.valid_until) < now, col(Accreditation.state) != AccreditationState.WITHDRAWN, *only)
        .order_by(col(Accreditation.valid_until).desc())
        .limit(first)
    )
    found = [_signed_decision(*row) for row in session.exec(signed)]
    found += [
        Decision(Act.EXPIRED, until, until, "", 0, accreditation, authority)
        for accreditation, authority in session.exec(over)
        if (until := accreditation.valid_until) is not None
    ]
    return sorted(found, key=lambda one: (one.at, one.edition), reverse=True)[:first]


def _signed_decision(edition: Recognition, accreditation: Accreditation, authority: Organisation) -> Decision:
    return Decision(
        act=_act(edition),
        at=edition.signed_at or edition.planned_at,
        effective=edition.effective_at,
        reason=edition.reason,
        edition=edition.edition,
        accreditation=accreditation,
        authority=authority,
    )


def _act(edition: Recognition) -> Act:
    if edition.becomes is AccreditationState.ACTIVE:
        return Act.ACCREDITED if edition.edition == 1 else Act.REINSTATED
    return Act(edition.becomes.value)


# --- who may issue ---


def recognised_issuers(session: Session, query: Query) -> list[RecognisedIssuer]:
    """Return the institutions with at least one accreditation in force among what `query` describes, by DID.

    Authorities that are recognised to recognise others issue nothing to learners, and are not among them.
    """
    rows = (
        _entries(replace(query, standing=Standing.IN_FORCE))
        .where(col(Accreditation.to_recognise).is_(False))
        .order_by(col(Accreditation.institution_did), col(Accreditation.decided_at).desc())
    )
    named: dict[str, RecognisedIssuer] = {}
    for one, _, _ in session.exec(rows):
        issuer = RecognisedIssuer(one.institution_did, one.institution_name, one.territory)
        named.setdefault(issuer.did, issuer)
    return list(named.values())


def authorities(session: Session) -> Sequence[Organisation]:
    """Return the authorities of this service, by their French name."""
    query = select(Organisation).where(Organisation.kind == OrganisationKind.AUTHORITY)
    return session.exec(query.order_by(col(Organisation.name_fr))).all()


def choices(session: Session, authority_id: str = "") -> dict[str, list[str]]:
    """Return which territories, tracks and streams occur, so that a filter offers nothing that leads nowhere."""
    columns = {"territory": Accreditation.territory, "track": Accreditation.track, "stream": Accreditation.stream}
    only = [Accreditation.authority_id == authority_id] if authority_id else []
    found: dict[str, list[str]] = {}
    for name, column in columns.items():
        rows = session.exec(select(column).where(column != "", *only).distinct())
        found[name] = sorted({value for row in rows for value in row.split()})
    return found


def first_and_last(
    session: Session, *, now: datetime, authority_id: str = ""
) -> tuple[datetime | None, datetime | None]:
    """Return when the first decision was signed, and when anything last changed, an end by date included."""
    newest = decisions(session, now=now, authority_id=authority_id, first=1)
    only = [Accreditation.authority_id == authority_id] if authority_id else []
    first = session.exec(
        select(func.min(Recognition.signed_at))
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(*only)
    ).one()
    return first, newest[0].at if newest else None
