"""What the issuer's service functions work with, in one object that is built once and passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from issuer.settings import IssuerSettings
from keys.fetching import Fetcher
from keys.store import KeyStore
from kit.clock import Clock
from kit.database import Database
from kit.fetching import Poster
from kit.gathering import Gathering
from kit.mail import Mailer
from kit.pages import Pages
from kit.recent import Current, Recent


@dataclass(frozen=True)
class Office:
    """Settings, database, clock, keys, mail, outgoing requests and pages of one issuer.

    Who waits and what is remembered here belongs to this office alone, also where it was made of another
    (`dataclasses.replace`): calls and forms depend on its settings.
    """

    settings: IssuerSettings
    database: Database
    clock: Clock
    keys: KeyStore
    mailer: Mailer
    fetcher: Fetcher
    poster: Poster
    pages: Pages
    gathering: Gathering[Any, Any] = field(default_factory=Gathering, init=False)
    """Where single calls wait for one another (`issuer.issuance.together`)."""
    callers: Gathering[str, Any] = field(default_factory=partial(Gathering, moment=0.001), init=False)
    """Where API keys that come at the same time are looked up together (`issuer.staff.access`)."""
    known_callers: Recent[Any] = field(default_factory=Recent, init=False)
    """Whose API keys came lately, by digest (`issuer.staff.access`); whether they count still is asked in each unit."""
    keys_in_force: Current[None] = field(default_factory=Current, init=False)
    """The API keys that were found in force (`issuer.staff.service`)."""
    forms: Recent[Any] = field(default_factory=Recent, init=False)
    """What classes of credentials have in common, as judged lately (`issuer.issuance.forms`)."""
    offered: Current[Any] = field(default_factory=partial(Current, 512), init=False)
    """What cohorts complete (`issuer.issuance.facts`)."""
    on_record: Current[Any] = field(default_factory=Current, init=False)
    """With what organisations sign, and what they publish (`issuer.issuance.signing`)."""


async def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


OfficeDep = Annotated[Office, Depends(_office)]
"""The office, for endpoints."""
