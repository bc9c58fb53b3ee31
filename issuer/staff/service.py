"""What can be done with staff accounts: sign in and out, look after the team, make and revoke API keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import bindparam, delete
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.staff.models import ApiKey, Attempt, Role, StaffMember, StaffSession
from kit.database import Database
from kit.i18n import N_
from kit.passwords import MAX_LENGTH, MIN_LENGTH, check_password, hash_password
from kit.problems import Conflict, NotFound, NotSignedIn, Unprocessable
from kit.throttle import count_attempt, forget_attempts
from kit.tokens import digest, new_token

SESSION_LIFETIME = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50
KEY_PREFIX = "sp_"

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_RANK = {Role.READER: 0, Role.MEMBER: 1, Role.REGISTRAR: 2, Role.ADMINISTRATOR: 3}


class Scope(StrEnum):
    """What an API key may do."""

    ISSUE = "credentials:issue"
    STATUS = "credentials:status"
    READ = "credentials:read"


class SignInRefused(Exception):
    """The address and the password do not go together; which of the two is wrong is not said."""


@dataclass(frozen=True)
class SignedIn:
    """A person of an organisation, signed in."""

    member: StaffMember
    organisation: Organisation

    @property
    def actor(self) -> str:
        """How the record of acts names them."""
        return f"staff:{self.member.id}"

    def may(self, role: Role) -> bool:
        """Whether they have at least this role."""
        return _RANK[self.member.role] >= _RANK[role]


@dataclass(frozen=True)
class Caller:
    """An organisation's own system, with an API key."""

    key_id: str
    organisation_id: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How the record of acts names it."""
        return f"api-key:{self.key_id}"

    def may(self, scope: Scope) -> bool:
        """Whether the key has this scope."""
        return scope in self.scopes


@dataclass(frozen=True)
class KnownCaller:
    """A caller whose API key counted when it came an earlier time. Nothing else about a key ever changes; whoever acts
    for it confirms in the unit of the act that it counts still."""

    system: Caller

    def confirm(self, office: Office, session: Session, basis: str | None) -> None:
        """Raises `NotSignedIn` when the key was revoked; asks only where the token of the `basis` of issuing, as this
        unit has it, is another than it was (`issuer.issuance.models.IssuingBasis`)."""
        office.keys_in_force.of(self.system.key_id, basis, partial(self._look_up, session))

    def _look_up(self, session: Session) -> None:
        if session.connection().execute(_STILL_VALID, {"key": self.system.key_id}).first() is None:
            raise key_refused()


def key_refused() -> NotSignedIn:
    """Return what a caller is told whose API key does not count."""
    return NotSignedIn("this API key is unknown or revoked", headers={"WWW-Authenticate": "Bearer"})


# --- sign in and out ---


def sign_in(office: Office, *, email: str, password: str, client: str) -> str:
    """Open a session and return its token.

    Raises `SignInRefused`, or `TooManyRequests` after `PER_ACCOUNT` attempts on one account or `PER_ADDRESS` from one
    address within `WINDOW` (W-AUT-1). Attempts are counted before the password is looked at, known account or not.
    """
    now, account = office.clock(), _normalised(email)
    with office.database.unit() as session:
        count_attempt(session, Attempt, f"sign-in:{client}", limit=PER_ADDRESS, window=WINDOW, now=now)
        count_attempt(session, Attempt, f"sign-in:{account[:150]}", limit=PER_ACCOUNT, window=WINDOW, now=now)
        member = session.exec(select(StaffMember).where(StaffMember.email == account)).first()
    good = check_password(member.password_hash if member else None, password)
    if member is None or not good or member.disabled_at is not None:
        raise SignInRefused
    token = new_token()
    with office.database.unit() as session:
        forget_attempts(session, Attempt, f"sign-in:{account[:150]}")
        session.add(
            StaffSession(
                token_digest=digest(token),
                staff_member_id=member.id,
                created_at=now,
                expires_at=now + SESSION_LIFETIME,
            )
        )
        audit.record(
            session,
            actor=f"staff:{member.id}",
            organisation_id=member.organisation_id,
            act="staff.signed-in",
            subject=member.id,
            now=now,
        )
    return token


def signed_in(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Return who holds the session `token`, None when it ended or its owner may no longer come in."""
    query = (
        select(StaffMember, Organisation)
        .join(StaffSession, col(StaffSession.staff_member_id) == StaffMember.id)
        .join(Organisation, col(Organisation.id) == StaffMember.organisation_id)
        .where(StaffSession.token_digest == digest(token), StaffSession.expires_at > now)
        .where(col(StaffMember.disabled_at).is_(None))
    )
    found = session.exec(query).first()
    return SignedIn(*found) if found else None


def sign_out(session: Session, token: str) -> None:
    """End one session."""
    session.exec(delete(StaffSession).where(col(StaffSession.token_digest) == digest(token)))


def sign_out_everywhere(session: Session, member: StaffMember) -> None:
    """End every session of one person."""
    session.exec(delete(StaffSession).where(col(StaffSession.staff_member_id) == member.id))


def change_password(office: Office, member: StaffMember, *, current: str, new: str, token: str) -> None:
    """Take a new password in place of the current one; every session but `token` ends.

    Opens its own units. Raises `Unprocessable` for a short one, `SignInRefused` when `current` is wrong, and
    `TooManyRequests` after as many attempts as signing in allows.
    """
    _check_new(new)
    now, attempts = office.clock(), f"sign-in:{member.email[:150]}"
    with office.database.unit() as session:
        count_attempt(session, Attempt, attempts, limit=PER_ACCOUNT, window=WINDOW, now=now)
        kept = session.get_one(StaffMember, member.id).password_hash
    if not check_password(kept, current):
        raise SignInRefused
    hashed = hash_password(new)
    with office.database.unit() as session:
        forget_attempts(session, Attempt, attempts)
        changed = session.get_one(StaffMember, member.id)
        changed.password_hash = hashed
        session.add(changed)
        others = delete(StaffSession).where(col(StaffSession.staff_member_id) == changed.id)
        session.exec(others.where(col(StaffSession.token_digest) != digest(token)))
        _recorded(session, changed, "staff.password-changed", f"staff:{changed.id}", now)


def _check_new(password: str) -> None:
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Unprocessable(advice=N_("A password has at least 12 characters, and at most 256."), field="password")


# --- the team ---


def add_member(
    session: Session,
    *,
    organisation: Organisation,
    email: str,
    name: str,
    role: Role,
    password: str,
    actor: str,
    now: datetime,
) -> StaffMember:
    """Add a person to the team. Raises `Unprocessable` naming what is wrong, `Conflict` for a known address."""
    address = _normalised(email)
    if not _EMAIL.fullmatch(address) or len(address) > 254:
        advice = N_("This is not a complete e-mail address. Example: name@college.example")
        raise Unprocessable(advice=advice, field="email")
    if not name.strip() or len(name) > 200:
        raise Unprocessable(advice=N_("Give a name, of at most 200 characters."), field="name")
    _check_new(password)
    if session.exec(select(StaffMember).where(StaffMember.email == address)).first() is not None:
        raise Conflict(advice=N_("Somebody has this e-mail address already."), field="email")
    member = StaffMember(
        organisation_id=organisation.id,
        email=address,
        name=name.strip(),
        role=role,
        password_hash=hash_password(password),
        created_at=now,
    )
    session.add(member)
    session.flush()
    _recorded(session, member, "staff.added", actor, now, role=role)
    return member


def create_first_administrator(
    office: Office, session: Session, organisation: Organisation, *, email: str, name: str, password: str
) -> StaffMember:
    """Give a new organisation its first administrator; the command line's act, there is no sign-up on the web."""
    return add_member(
        session,
        organisation=organisation,
        email=email,
        name=name,
        role=Role.ADMINISTRATOR,
        password=password,
        actor="system",
        now=office.clock(),
    )


def team(session: Session, organisation: Organisation) -> list[StaffMember]:
    """Return the people of an organisation by name."""
    query = select(StaffMember).where(StaffMember.organisation_id == organisation.id)
    return list(session.exec(query.order_by(col(StaffMember.name))).all())


def member_of(session: Session, organisation: Organisation, member_id: str) -> StaffMember:
    """Return one person of this organisation. Raises `NotFound`, for somebody else's people too."""
    member = session.get(StaffMember, member_id)
    if member is None or member.organisation_id != organisation.id:
        raise NotFound
    return member


def member_at(session: Session, organisation: Organisation, email: str) -> StaffMember:
    """Return the person of this organisation who signs in with `email`. Raises `Unprocessable`."""
    for member in team(session, organisation):
        if member.email == _normalised(email):
            return member
    raise Unprocessable(advice=N_("Nobody of this organization has this e-mail address."))


def change_role(session: Session, member: StaffMember, role: Role, *, actor: str, now: datetime) -> None:
    """Give a person another role. Raises `Conflict` when no administrator would be left."""
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, member)
    member.role = role
    session.add(member)
    _recorded(session, member, "staff.role-changed", actor, now, role=role)


def disable(session: Session, member: StaffMember, *, actor: str, now: datetime) -> None:
    """Close a person's account at once, sessions included. Raises `Conflict` for the last administrator."""
    _keep_an_administrator(session, member)
    member.disabled_at = now
    session.add(member)
    sign_out_everywhere(session, member)
    _recorded(session, member, "staff.disabled", actor, now)


def enable(session: Session, member: StaffMember, *, actor: str, now: datetime) -> None:
    """Open a closed account again."""
    member.disabled_at = None
    session.add(member)
    _recorded(session, member, "staff.enabled", actor, now)


def give_password(session: Session, member: StaffMember, password: str, *, actor: str, now: datetime) -> None:
    """Give a person who forgot theirs a new password; sessions end. Raises `Unprocessable` for a short one."""
    _check_new(password)
    member.password_hash = hash_password(password)
    session.add(member)
    sign_out_everywhere(session, member)
    _recorded(session, member, "staff.password-given", actor, now)


def _keep_an_administrator(session: Session, member: StaffMember) -> None:
    administrators = select(StaffMember.id).where(
        StaffMember.organisation_id == member.organisation_id,
        StaffMember.role == Role.ADMINISTRATOR,
        col(StaffMember.disabled_at).is_(None),
    )
    # locked: two who are about to close each other's account take turns
    left = set(session.exec(administrators.order_by(col(StaffMember.id)).with_for_update()))
    if member.role is Role.ADMINISTRATOR and not left - {member.id}:
        raise Conflict(advice=N_("An organization keeps at least one administrator. Name another one first."))


def _recorded(session: Session, member: StaffMember, act: str, actor: str, now: datetime, **detail: object) -> None:
    audit.record(
        session, actor=actor, organisation_id=member.organisation_id, act=act, subject=member.id, now=now, **detail
    )


# --- API keys ---


def create_api_key(
    session: Session, organisation: Organisation, *, name: str, scopes: Iterable[Scope], actor: str, now: datetime
) -> tuple[ApiKey, str]:
    """Make an API key; return it with its secret, which is shown once and kept only as a digest.

    Raises `Unprocessable` without a name or scope.
    """
    chosen = sorted(set(scopes))
    if not name.strip() or len(name) > 100 or not chosen:
        raise Unprocessable(advice=N_("A key has a name of 1 to 100 characters, and may do at least one thing."))
    secret = KEY_PREFIX + new_token()
    key = ApiKey(
        organisation_id=organisation.id,
        name=name.strip(),
        prefix=secret[:8],
        key_digest=digest(secret),
        scopes=" ".join(chosen),
        created_at=now,
    )
    session.add(key)
    session.flush()
    audit.record(
        session,
        actor=actor,
        organisation_id=organisation.id,
        act="api-key.created",
        subject=key.id,
        now=now,
        scopes=key.scopes,
    )
    return key, secret


def api_keys(session: Session, organisation: Organisation) -> list[ApiKey]:
    """Return the keys of an organisation, newest first."""
    query = select(ApiKey).where(ApiKey.organisation_id == organisation.id)
    return list(session.exec(query.order_by(col(ApiKey.created_at).desc())).all())


def revoke_api_key(session: Session, organisation: Organisation, key_id: str, *, actor: str, now: datetime) -> None:
    """End a key at once. Raises `NotFound`."""
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None or key.organisation_id != organisation.id:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = now
        session.add(key)
        audit.record(
            session, actor=actor, organisation_id=organisation.id, act="api-key.revoked", subject=key.id, now=now
        )


_VALID_KEYS = select(ApiKey.key_digest, ApiKey.id, ApiKey.organisation_id, ApiKey.scopes).where(
    col(ApiKey.key_digest).in_(bindparam("digests", expanding=True)), col(ApiKey.revoked_at).is_(None)
)


_STILL_VALID = select(ApiKey.id).where(col(ApiKey.id) == bindparam("key"), col(ApiKey.revoked_at).is_(None))


def callers(database: Database, secrets: Sequence[str]) -> list[Caller | None]:
    """Return whose API key each of `secrets` is, as the database has it now; None for unknown and revoked ones."""
    digests = [digest(secret) for secret in secrets]
    found = {}
    for row in database.asked(_VALID_KEYS, {"digests": sorted(set(digests))}):
        found[row.key_digest] = Caller(row.id, row.organisation_id, frozenset(row.scopes.split()))
    return [found.get(key_digest) for key_digest in digests]


def _normalised(email: str) -> str:
    return email.strip().lower()
