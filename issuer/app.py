"""The issuer's application: everything is wired here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from issuer import dashboard
from issuer.accreditation import api as accreditation
from issuer.accreditation import authority_pages
from issuer.accreditation import pages as accreditation_pages
from issuer.applications import desk as applications_desk
from issuer.applications import pages as applications
from issuer.cohorts import pages as cohorts
from issuer.components import pages as components
from issuer.conformance import api as conformance
from issuer.conformance.service import Issuers
from issuer.control import pages as control_pages
from issuer.endorsements import pages as endorsements
from issuer.hand_over import api as hand_over
from issuer.hand_over import desk as hand_over_desk
from issuer.hand_over import pages as hand_over_pages
from issuer.history import api as history
from issuer.history import pages as history_pages
from issuer.issuance import api as issuance
from issuer.issuance import pages as issuance_pages
from issuer.issuance import public as issuance_public
from issuer.jobs import api as jobs
from issuer.jobs import pages as jobs_pages
from issuer.jobs.worker import Worker
from issuer.office import Office
from issuer.organisations import api as organisations
from issuer.outside import api as outside_api
from issuer.outside import begin_pages as outside_begin
from issuer.outside import pages as outside
from issuer.programmes import pages as programmes
from issuer.received import api as received
from issuer.received import pages as received_pages
from issuer.registry import api as registry
from issuer.registry import pages as registry_pages
from issuer.schemes import pages as schemes
from issuer.settings import IssuerSettings
from issuer.staff import pages as staff
from issuer.staff.access import SignInFirst, to_sign_in
from issuer.status import api as status
from issuer.upkeep import upkeep
from keys.fetching import Fetcher
from kit import web
from kit.clock import Clock, system_clock
from kit.database import Database
from kit.fetching import GuardedFetcher
from kit.key_store import open_key_store
from kit.mail import Mailer
from kit.pages import Pages

PUBLISHED = r"/(c|o|registry|\.well-known)/"
"""Where everything stands that organisations publish, and what wallets ask for."""


def build_app(settings: IssuerSettings, *, clock: Clock = system_clock, fetcher: Fetcher | None = None) -> FastAPI:
    """Return the issuer, with its database brought up to date and its key store open."""
    office = build_office(settings, clock=clock, fetcher=fetcher)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with upkeep(office), working(office):
            yield
        office.database.dispose()

    app = web.build(
        settings,
        title="Skills passport: issuer",
        clock=clock,
        database=office.database,
        pages=office.pages,
        routers=[  # what machines ask for most comes first: a call looks at each router before its own
            issuance.router,
            status.router,
            jobs.router,
            organisations.router,
            staff.router,
            dashboard.router,
            programmes.router,
            cohorts.router,
            components.router,
            endorsements.router,
            accreditation.router,
            registry.router,
            history.router,
            received.router,
            hand_over.router,
            outside_api.router,
            accreditation_pages.router,
            authority_pages.router,
            registry_pages.router,
            history_pages.router,
            received_pages.router,
            control_pages.router,
            schemes.router,
            applications.router,
            applications_desk.router,
            outside_begin.router,
            outside.router,
            hand_over_desk.router,
            hand_over_pages.router,
            issuance_pages.router,
            jobs_pages.router,
            issuance_public.router,
            *([conformance.router] if settings.conformance else []),
        ],
        body_limits={
            cohorts.UPLOAD_PATHS: cohorts.UPLOAD_LIMIT,
            outside.UPLOAD_PATHS: outside.UPLOAD_LIMIT,
            applications.UPLOAD_PATHS: applications.UPLOAD_LIMIT,
            jobs.UPLOAD_PATHS: settings.job_upload_mib << 20,
            jobs_pages.UPLOAD_PATHS: settings.job_upload_mib << 20,
        },
        any_origin=PUBLISHED,
        lifespan=lifespan,
    )
    app.add_exception_handler(SignInFirst, to_sign_in)
    app.state.office = office
    if settings.conformance:
        app.state.conformance = Issuers(settings, keys=office.keys, clock=clock)
    return app


@asynccontextmanager
async def working(office: Office) -> AsyncIterator[None]:
    """Work on bulk jobs beside the service, where the settings say so."""
    if not office.settings.works_on_jobs:
        yield
        return
    worker = Worker(office)
    worker.start()
    try:
        yield
    finally:
        await run_in_threadpool(worker.stop)


def build_office(settings: IssuerSettings, *, clock: Clock = system_clock, fetcher: Fetcher | None = None) -> Office:
    """Return what the service functions work with; the command line and the demo use it without any HTTP."""
    database = Database(settings.database, pool_size=settings.database_pool)
    database.upgrade("issuer")
    guarded = GuardedFetcher(local_origins=settings.local_origins)
    return Office(
        settings=settings,
        database=database,
        clock=clock,
        keys=open_key_store(settings.key_store_path, settings.key_secret_path),
        mailer=Mailer(settings),
        fetcher=fetcher or guarded,
        poster=guarded,
        pages=Pages("issuer", settings, frame="frame.html"),
    )
