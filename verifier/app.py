"""The verifier's application: everything is wired here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from keys.fetching import Fetcher
from kit import web
from kit.anchors import anchors_of, load_authorities
from kit.clock import Clock, system_clock
from kit.database import Database
from kit.fetching import GuardedFetcher, RememberingFetcher
from kit.key_store import open_key_store
from kit.pages import Pages
from verifier import api, pages
from verifier.asking import api as asking_api
from verifier.asking import pages as asking_pages
from verifier.asking.certificate import own_certificate
from verifier.asking.service import KEY_NAME, own_key
from verifier.checking import Checker, policy_of
from verifier.desk import Desk
from verifier.lists import HeldLists
from verifier.schemas import load_schemas
from verifier.screening import api as screening_api
from verifier.screening import pages as screening_pages
from verifier.settings import VerifierSettings
from verifier.trust import pages as trust_pages
from verifier.upkeep import upkeep

MOST_REMEMBERED = 500
FOR_WALLETS = r"/(oid4vp|\.well-known)/"
"""Where the requests to candidates and this verifier's own identifier stand."""


def build_app(settings: VerifierSettings, *, clock: Clock = system_clock, fetcher: Fetcher | None = None) -> FastAPI:
    """Return the verifier, with its database brought up to date and its key ready."""
    database = Database(settings.database, pool_size=settings.database_pool)
    database.upgrade("verifier")
    guarded = fetcher or GuardedFetcher(local_origins=settings.local_origins)
    authorities = load_authorities(settings.authorities_file)
    checker = Checker(
        anchors=anchors_of(authorities),
        policy=policy_of(settings),
        fetcher=RememberingFetcher(
            guarded, clock=clock, max_age=timedelta(seconds=settings.remember_seconds), max_entries=MOST_REMEMBERED
        ),
        clock=clock,
        lists=HeldLists(settings.lists_folder, every=timedelta(minutes=settings.lists_minutes)),
        schemas=load_schemas(settings.schemas_folder),
    )
    service_pages = Pages("verifier", settings, frame="frame.html")
    keys = open_key_store(settings.key_store_path, settings.key_secret_path)
    own_key(keys)
    certificate = own_certificate(settings, keys.signer(KEY_NAME), now=clock())
    desk = Desk(settings, database, clock, keys, certificate, service_pages, guarded, checker, authorities)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with upkeep(desk):
            yield
        database.dispose()

    app = web.build(
        settings,
        title="Skills passport: verifier",
        clock=clock,
        database=database,
        pages=service_pages,
        routers=[
            api.router,
            screening_api.router,
            asking_api.router,
            asking_pages.router,
            screening_pages.router,
            trust_pages.router,
            pages.router,
        ],
        body_limits={
            pages.UPLOAD_PATHS: pages.UPLOAD_LIMIT,
            screening_pages.UPLOAD_PATHS: screening_pages.UPLOAD_LIMIT,
            screening_api.UPLOAD_PATHS: screening_api.UPLOAD_LIMIT,
        },
        any_origin=FOR_WALLETS,
        lifespan=lifespan,
    )
    app.state.desk = desk
    return app
