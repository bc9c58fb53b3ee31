"""The three services, as the command line starts them. Each is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from keys.store import KeyStoreError
from kit.clock import system_clock
from kit.settings import ServiceSettings, SettingsRefused
from passport.terminal import Exit, Stop, Terminal

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import MetaData

    from issuer.office import Office


@dataclass(frozen=True)
class Service:
    """One service: its package, the port it takes on this machine, and how its settings and application are made."""

    package: str
    port: int
    settings: Callable[..., ServiceSettings]
    app: Callable[[Any], FastAPI]
    tables: Callable[[], MetaData]


def _issuer_settings(**given: Any) -> ServiceSettings:
    from issuer.settings import IssuerSettings  # the service that was asked for, and no other

    return IssuerSettings.from_env(**given)


def _issuer_app(settings: Any) -> FastAPI:
    from issuer.app import build_app  # the service that was asked for, and no other

    return build_app(settings)


def _verifier_settings(**given: Any) -> ServiceSettings:
    from verifier.settings import VerifierSettings  # the service that was asked for, and no other

    return VerifierSettings.from_env(**given)


def _verifier_app(settings: Any) -> FastAPI:
    from verifier.app import build_app  # the service that was asked for, and no other

    return build_app(settings)


def _wallet_settings(**given: Any) -> ServiceSettings:
    from wallet_demo.settings import WalletSettings  # the service that was asked for, and no other

    return WalletSettings.from_env(**given)


def _wallet_app(settings: Any) -> FastAPI:
    from kit.fetching import GuardedFetcher  # an HTTP client, for the service that was asked for
    from wallet_demo.app import build_app  # the service that was asked for, and no other

    return build_app(settings, clock=system_clock, fetcher=GuardedFetcher(local_origins=settings.local_origins))


def _issuer_tables() -> MetaData:
    import issuer.tables  # noqa: F401 - names every table of the issuer
    from issuer.base import Base  # the service that was asked for, and no other

    return Base.metadata


def _verifier_tables() -> MetaData:
    from verifier.base import Base  # the service that was asked for, and no other

    return Base.metadata


def _wallet_tables() -> MetaData:
    from wallet_demo.tables import METADATA  # the service that was asked for, and no other

    return METADATA


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "issuer": Service("issuer", 8101, _issuer_settings, _issuer_app, _issuer_tables),
        "verifier": Service("verifier", 8102, _verifier_settings, _verifier_app, _verifier_tables),
        "wallet": Service("wallet_demo", 8103, _wallet_settings, _wallet_app, _wallet_tables),
    }
)


def settings_of(name: str, terminal: Terminal, *, port: int | None = None, data: Path | None = None) -> ServiceSettings:
    """The settings of the service `name`: flags first, then the environment, else this machine's. Raises `Stop`."""
    service = SERVICES[name]
    here = {f"PASSPORT_{name.upper()}_PUBLIC_URL": f"http://localhost:{port or service.port}"}
    given = {"data_dir": data / name} if data else {}
    with _refusals(name, terminal):
        return service.settings(environ=here | dict(terminal.environ), **given)


def app_of(name: str, settings: ServiceSettings, terminal: Terminal) -> FastAPI:
    """The service `name`, wired, with its database up to date. Raises `Stop`."""
    with _refusals(name, terminal):
        return SERVICES[name].app(settings)


def office_of(terminal: Terminal, *, data: Path | None) -> Office:
    """What the issuer's service functions work with, without any HTTP. Raises `Stop`."""
    from issuer.app import build_office  # the issuer, loaded only for its own commands

    settings: Any = settings_of("issuer", terminal, data=data)
    with _refusals("issuer", terminal):
        return build_office(settings)


@contextmanager
def _refusals(name: str, terminal: Terminal) -> Iterator[None]:
    from sqlalchemy.exc import SQLAlchemyError  # the services' database, for the service that was asked for

    try:
        yield
    except (SettingsRefused, KeyStoreError, SQLAlchemyError) as error:
        sentence = terminal.gettext("the {service} cannot start with these settings: {reason}.")
        reason = str(error).partition("\n")[0].rstrip(".")
        raise Stop(Exit.SETTINGS, sentence.format(service=name, reason=reason)) from error
