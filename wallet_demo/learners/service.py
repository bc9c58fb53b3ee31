"""Learner accounts: signing up, signing in, and what a signed-in learner can open.

Neither page tells whether an address has an account (W-AUT-1): both do the same work and answer the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from keys import KeyType, PrivateKey
from keys.dids import did_key
from kit.database import Database
from kit.passwords import MAX_LENGTH, MIN_LENGTH, check_password, hash_password
from kit.throttle import count_attempt, forget_attempts
from kit.tokens import digest, new_token
from wallet_demo.learners.models import Attempt, Learner, LearnerSession
from wallet_demo.vault import KEY_BYTES, CannotOpen, Vault, new_salt

SESSION_LIFETIME = timedelta(hours=12)
ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 60
SIGN_UPS_PER_ADDRESS = 30

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f.]+(?:\.[^\s@\x00-\x1f\x7f.]+)*")


class NotAcceptable(ValueError):
    """A field of a form cannot be taken; `field` names it, `code` says why."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class FormRefused(ValueError):
    """Fields of a form cannot be taken; `errors` says why each, so that all are mended at once."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class SignInRefused(Exception):
    """No such account, or another passphrase: nobody learns which."""


@dataclass(frozen=True)
class SignedIn:
    """A learner with an open vault, for the length of one request."""

    learner: Learner
    vault: Vault
    session_digest: str = field(repr=False)

    def holder_key(self) -> PrivateKey:
        """Return the key that signs for the learner. Never kept, shown or logged (W-KEY-1)."""
        secret = self.vault.open(self.learner.sealed_holder_key, place=_holder_key_place(self.learner.id))
        return PrivateKey.from_multikey(secret.decode())


@dataclass(frozen=True)
class NewLearner:
    """A checked sign-up form."""

    name: str
    email: str
    passphrase: str = field(repr=False)

    @classmethod
    def of(cls, *, name: str, email: str, passphrase: str) -> NewLearner:
        """Check what was typed. Raises `FormRefused` with every field that cannot be taken."""
        typed = ((checked_name, name), (checked_email, email), (checked_passphrase, passphrase))
        taken, errors = [], {}
        for checked, text in typed:
            try:
                taken.append(checked(text))
            except NotAcceptable as refused:
                errors[refused.field] = refused.code
        if errors:
            raise FormRefused(errors)
        return cls(*taken)


def checked_name(name: str) -> str:
    """Return the name as it is shown. Raises `NotAcceptable`."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned:
        raise NotAcceptable("name", "missing")
    if len(cleaned) > 200 or any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in cleaned):
        raise NotAcceptable("name", "unusable")
    return cleaned


def checked_email(email: str) -> str:
    """Return the address in the form in which it is compared. Raises `NotAcceptable`."""
    cleaned = email.strip().casefold()
    if not cleaned:
        raise NotAcceptable("email", "missing")
    if len(cleaned) > 254 or not _EMAIL.fullmatch(cleaned):
        raise NotAcceptable("email", "unusable")
    return cleaned


def checked_passphrase(passphrase: str) -> str:
    """Return the passphrase, unchanged. Raises `NotAcceptable` when it is too short or absurdly long."""
    if len(passphrase) < MIN_LENGTH:
        raise NotAcceptable("passphrase", "short" if passphrase else "missing")
    if len(passphrase) > MAX_LENGTH:
        raise NotAcceptable("passphrase", "long")
    return passphrase


def sign_up(database: Database, new: NewLearner, *, client: str, now: datetime) -> bool:
    """Make an account; return whether there was none before. The caller answers the same either way.

    Raises `kit.problems.TooManyRequests`.
    """
    with database.unit() as session:
        count_attempt(session, Attempt, f"sign-up:{client}", limit=SIGN_UPS_PER_ADDRESS, window=ATTEMPT_WINDOW, now=now)
    learner = _new_learner(new, now)
    with database.unit() as session:
        if _by_email(session, new.email) is not None:
            return False
        session.add(learner)
        return True


def sign_in(database: Database, *, email: str, passphrase: str, client: str, now: datetime) -> str:
    """Return the token of a new session, to be kept in the browser's cookie and nowhere else.

    Attempts are counted per account, existing or not, and per address `client`. Raises `SignInRefused` or
    `kit.problems.TooManyRequests`.
    """
    email = email.strip().casefold()
    account = f"sign-in:account:{digest(email)}"
    with database.unit() as session:
        for key, limit in ((account, ATTEMPTS_PER_ACCOUNT), (f"sign-in:{client}", ATTEMPTS_PER_ADDRESS)):
            count_attempt(session, Attempt, key, limit=limit, window=ATTEMPT_WINDOW, now=now)
        learner = _by_email(session, email)
    if not check_password(learner.passphrase_hash if learner else None, passphrase) or learner is None:
        raise SignInRefused
    vault = _open_vault(learner, passphrase)
    with database.unit() as session:
        forget_attempts(session, Attempt, account)
        session.exec(delete(LearnerSession).where(col(LearnerSession.expires_at) <= now))
        return _new_session(session, learner, vault, now)


def signed_in(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Return whom the cookie's `token` signs in, None when the session ended or never was."""
    token_digest = digest(token)
    kept = session.get(LearnerSession, token_digest)
    if kept is None or kept.expires_at <= now:
        return None
    learner = session.get(Learner, kept.learner_id)
    if learner is None:
        return None
    try:
        key = Vault.of_token(token, purpose="session").open(kept.sealed_vault_key, place=_session_place(token_digest))
    except CannotOpen:
        return None
    return SignedIn(learner, Vault(key), token_digest)


def sign_out(session: Session, who: SignedIn) -> None:
    """End this session."""
    session.exec(delete(LearnerSession).where(col(LearnerSession.token_digest) == who.session_digest))


def rename(session: Session, who: SignedIn, name: str) -> None:
    """Change the name shown on the passport; credentials keep the name their issuer wrote."""
    learner = session.get_one(Learner, who.learner.id)
    learner.name = checked_name(name)
    session.add(learner)


def confirm_passphrase(database: Database, who: SignedIn, passphrase: str, *, now: datetime) -> None:
    """Ask once more before something that cannot be undone.

    Raises `SignInRefused` or `kit.problems.TooManyRequests`.
    """
    with database.unit() as session:
        key = f"confirm:{who.learner.id}"
        count_attempt(session, Attempt, key, limit=ATTEMPTS_PER_ACCOUNT, window=ATTEMPT_WINDOW, now=now)
    if not check_password(who.learner.passphrase_hash, passphrase):
        raise SignInRefused


def change_passphrase(session: Session, who: SignedIn, new: str) -> None:
    """Let a new passphrase open the vault. Every other session of the learner ends.

    Call `confirm_passphrase` with the old one first. Raises `NotAcceptable`.
    """
    learner = session.get_one(Learner, who.learner.id)
    learner.passphrase_hash = hash_password(checked_passphrase(new))
    learner.salt = new_salt()
    outer = Vault.of_passphrase(new, learner.salt)
    learner.sealed_vault_key = outer.seal(who.vault.key, place=_vault_key_place(learner.id))
    session.add(learner)
    session.exec(
        delete(LearnerSession)
        .where(col(LearnerSession.learner_id) == learner.id)
        .where(col(LearnerSession.token_digest) != who.session_digest)
    )


def delete_account(session: Session, who: SignedIn) -> None:
    """Delete the learner and everything of theirs, at once and for good. Call `confirm_passphrase` first."""
    session.delete(session.get_one(Learner, who.learner.id))


def _new_learner(new: NewLearner, now: datetime) -> Learner:
    salt, vault, key = new_salt(), Vault.new(), PrivateKey.generate(KeyType.ED25519)
    learner = Learner(
        email=new.email,
        name=new.name,
        passphrase_hash=hash_password(new.passphrase),
        salt=salt,
        sealed_vault_key=b"",
        holder=did_key.did_for(key.public),
        sealed_holder_key=b"",
        created_at=now,
    )
    outer = Vault.of_passphrase(new.passphrase, salt)
    learner.sealed_vault_key = outer.seal(vault.key, place=_vault_key_place(learner.id))
    learner.sealed_holder_key = vault.seal(key.secret_multikey.encode(), place=_holder_key_place(learner.id))
    return learner


def _open_vault(learner: Learner, passphrase: str) -> Vault:
    outer = Vault.of_passphrase(passphrase, learner.salt)
    key = outer.open(learner.sealed_vault_key, place=_vault_key_place(learner.id))
    if len(key) != KEY_BYTES:
        raise CannotOpen("learner.vault_key")
    return Vault(key)


def _new_session(session: Session, learner: Learner, vault: Vault, now: datetime) -> str:
    token = new_token()
    token_digest = digest(token)
    sealed = Vault.of_token(token, purpose="session").seal(vault.key, place=_session_place(token_digest))
    session.add(
        LearnerSession(
            token_digest=token_digest,
            learner_id=learner.id,
            sealed_vault_key=sealed,
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    return token


def _by_email(session: Session, email: str) -> Learner | None:
    return session.exec(select(Learner).where(Learner.email == email)).first()


def _vault_key_place(learner_id: str) -> str:
    return f"learner.vault_key/{learner_id}"


def _holder_key_place(learner_id: str) -> str:
    return f"learner.holder_key/{learner_id}"


def _session_place(token_digest: str) -> str:
    return f"learner_session.vault_key/{token_digest}"
