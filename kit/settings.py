"""One settings object per service, built at start-up and passed in; nothing imports a global configuration.

Settings come from environment variables `PASSPORT_<SERVICE>_<NAME>` (falling back to `PASSPORT_<NAME>`), never
from a file that could be committed. `docs/settings.md` explains each; a test holds the two together.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contexts import Profile
from kit.conformance import RELAXED_BY_DEFAULT, Relaxed

MIN_SECRET_BYTES = 32
MIN_POOL = 5


class SettingsRefused(Exception):
    """A setting is missing, malformed or unsafe; the sentence says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What every service needs to know before it starts."""

    service: ClassVar[str] = "service"
    """The service's own word, in variable and cookie names: issuer, verifier, wallet."""

    public_url: str
    """Address under which people and machines reach the service, without a trailing slash."""
    data_dir: Path
    """Folder for the embedded database, sealed keys and outgoing mail files."""
    secret: bytes = field(repr=False)
    """Key material for sealing what the database must not show in clear; at least 32 bytes."""
    database_url: str = ""
    """SQLAlchemy address; empty means an SQLite file in `data_dir`."""
    database_pool: int = 40
    """Connections that one process holds at most."""
    local_origins: frozenset[str] = frozenset()
    """Development only: https origins that are really plain http on this machine's loopback."""
    banner: str = ""
    """A short word shown on top of every page, such as DEMO; empty for none."""
    timezone: str = "America/Toronto"
    """Time zone in which dates and times are shown (IANA name)."""
    conformance: bool = False
    """The profile for public test suites."""
    conformance_relaxes: frozenset[str] = RELAXED_BY_DEFAULT
    """The rules that the profile relaxes, by name (`kit.conformance`); docs/standards.md has a case for each."""
    mail_host: str = ""
    """SMTP server; empty means that messages are written as files under `data_dir`/mail."""
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_from: str = "passeport@localhost"

    def __post_init__(self) -> None:
        parts = urlsplit(self.public_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or self.public_url.endswith("/"):
            raise SettingsRefused(
                f"public_url must be an http(s) address without a trailing slash: {self.public_url!r}"
            )
        if len(self.secret) < MIN_SECRET_BYTES:
            raise SettingsRefused(f"secret must have at least {MIN_SECRET_BYTES} bytes")
        if self.database_pool < MIN_POOL:
            raise SettingsRefused(f"database_pool must be at least {MIN_POOL}")
        unknown = sorted(self.conformance_relaxes - frozenset(Relaxed))
        if unknown:
            raise SettingsRefused(f"conformance_relaxes names no rule: {unknown[0]!r}")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsRefused(f"timezone is not one that this machine knows: {self.timezone!r}") from error
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise SettingsRefused("public_url must be https, except on this machine's own localhost")

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.embedded_database}"

    @property
    def embedded_database(self) -> Path:
        """Where the SQLite file lies when no other database is named."""
        return self.data_dir / "passport.sqlite3"

    @property
    def host(self) -> str:
        """Host and port of `public_url`, as they stand in it."""
        return urlsplit(self.public_url).netloc

    def relaxes(self, rule: Relaxed) -> bool:
        """Whether `rule` gives way in this deployment: only ever under the conformance profile."""
        return self.conformance and rule in self.conformance_relaxes

    @property
    def contexts_profile(self) -> Profile:
        """Which contexts documents may use here, and whether all of a text must be covered by its signature."""
        if not self.relaxes(Relaxed.TEST_CONTEXTS):
            return Profile.STANDARD
        return Profile.CONFORMANCE_ANY_DIRECTION if self.relaxes(Relaxed.TEXT_DIRECTION) else Profile.CONFORMANCE

    def cookie(self, purpose: str) -> str:
        """Name a cookie; services on one host (all on localhost) must not share them."""
        name = f"{self.service}_{purpose}"
        return f"__Host-{name}" if self.secure_cookies else name

    @property
    def secure_cookies(self) -> bool:
        """True when cookies may only travel over https."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **given: Any) -> Self:
        """Read the settings from the environment; `given` values win.

        Raises `SettingsRefused` naming the variable that is missing or malformed.
        """
        service = cls.service
        values: dict[str, Any] = {}
        hints = get_type_hints(cls)
        for item in fields(cls):
            raw = _lookup(environ, service, item.name)
            if item.name in given:
                values[item.name] = given[item.name]
            elif raw is not None and item.name != "secret":
                values[item.name] = _convert(item.name, raw, hints[item.name])
        values.setdefault("data_dir", Path(".passport") / service)
        values["data_dir"] = Path(values["data_dir"]).absolute()
        if "secret" not in values:
            values["secret"] = load_secret(_secret_path(environ, service, values["data_dir"]))
        if "public_url" not in values:
            raise SettingsRefused(f"set PASSPORT_{service.upper()}_PUBLIC_URL to the service's own address")
        return cls(**values)


def load_secret(path: Path) -> bytes:
    """Return the secret kept in `path`, making one (mode 0600) on first use.

    Raises `SettingsRefused` when others can read the file or it is too short.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(MIN_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsRefused(f"{path} can be read by others: run chmod 600 {path}")
    secret = path.read_text().strip().encode()
    if len(secret) < MIN_SECRET_BYTES:
        raise SettingsRefused(f"{path} holds fewer than {MIN_SECRET_BYTES} characters: write a longer secret")
    return secret


def _lookup(environ: Mapping[str, str], service: str, name: str) -> str | None:
    return environ.get(f"PASSPORT_{service.upper()}_{name.upper()}", environ.get(f"PASSPORT_{name.upper()}"))


def _secret_path(environ: Mapping[str, str], service: str, data_dir: Path) -> Path:
    given = _lookup(environ, service, "secret_file")
    return Path(given) if given else data_dir / "secret"


def _convert(name: str, raw: str, kind: Any) -> Any:
    if kind is bool:
        if raw.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise SettingsRefused(f"{name} must be yes or no, not {raw!r}")
        return raw.lower() in ("1", "true", "yes")
    if kind is int:
        if not raw.isascii() or not raw.isdigit():
            raise SettingsRefused(f"{name} must be a whole number, not {raw!r}")
        return int(raw)
    if kind is Path:
        return Path(raw)
    if kind == frozenset[str]:
        return frozenset(part.strip() for part in raw.split(",") if part.strip())
    return raw
