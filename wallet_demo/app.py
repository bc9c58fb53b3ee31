"""The wallet's application: everything is wired here and nowhere else."""

from __future__ import annotations

from fastapi import FastAPI

from kit import qr, web
from kit.clock import Clock
from kit.database import Database
from kit.fetching import GuardedFetcher
from kit.mail import Mailer
from kit.pages import Pages
from vc.policy import Anchors
from wallet_demo.credentials import pages as credentials
from wallet_demo.learners import pages as learners
from wallet_demo.outgoing import Outgoing
from wallet_demo.presenting import pages as presenting
from wallet_demo.receiving import pages as receiving
from wallet_demo.session import SignInFirst, to_sign_in
from wallet_demo.settings import WalletSettings
from wallet_demo.sharing import pages as sharing
from wallet_demo.standing import pages as standing
from wallet_demo.tools import Tools


def build_app(settings: WalletSettings, *, clock: Clock, fetcher: Outgoing, anchors: Anchors | None = None) -> FastAPI:
    """Return the wallet, with its database brought up to date.

    `anchors`: whose word on accreditation the learner sees named on a card; None reads the settings.
    """
    database = Database(settings.database, pool_size=settings.database_pool)
    database.upgrade("wallet_demo")
    app = web.build(
        settings,
        title="Skills passport: wallet",
        clock=clock,
        database=database,
        pages=Pages("wallet_demo", settings, frame="wallet.html"),
        routers=[
            learners.routes,
            receiving.routes,
            presenting.routes,
            sharing.routes,
            sharing.public,
            standing.routes,
            credentials.routes,
        ],
        body_limits={r"^/(fr|en)/(add|add/file|present)$": qr.MAX_IMAGE_BYTES + 1024 * 1024},
    )
    app.state.tools = Tools(
        database,
        fetcher or GuardedFetcher(local_origins=settings.local_origins),
        settings.anchors() if anchors is None else anchors,
        settings.certificate_authorities,
    )
    app.state.mailer = Mailer(settings)
    app.add_exception_handler(SignInFirst, to_sign_in)
    return app
