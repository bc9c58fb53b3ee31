"""What the verifier's endpoints work with, in one object that is built once and passed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from keys.fetching import Fetcher
from keys.store import KeyStore
from kit.anchors import TrustedAuthority, anchors_of
from kit.clock import Clock
from kit.database import Database
from kit.pages import Pages
from kit.verdicts import CameBy, Words
from verifier.asking.certificate import RequestCertificate
from verifier.checking import Checker
from verifier.settings import VerifierSettings


@dataclass(frozen=True)
class Desk:
    """Settings, database, clock, keys, certificate, pages, and the checker of one verifier."""

    settings: VerifierSettings
    database: Database
    clock: Clock
    keys: KeyStore
    certificate: RequestCertificate
    pages: Pages
    fetcher: Fetcher
    checker: Checker
    authorities: tuple[TrustedAuthority, ...]

    def trusting(self, authorities: tuple[TrustedAuthority, ...]) -> Desk:
        """Return the same desk for somebody who trusts these authorities."""
        return replace(self, authorities=authorities, checker=replace(self.checker, anchors=anchors_of(authorities)))

    def words(self, language: str, came_by: CameBy) -> Words:
        """Return what words a report for a reader of `language`."""

        def translate(text: str, **values: object) -> str:
            return self.pages.translate(language, text, **values)

        return Words(translate, self.pages.writer(language), language, self.checker.anchors, came_by)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]
"""The desk, for endpoints."""
