"""An institution and an authority as two deployments, each with its own database, keys and host name.

    there = Abroad.open(tmp_path)
    there.accredit()                      # the authority decides
    there.college.visit(...)              # the institution's own office

`net` carries what one asks the other, by host name, over the applications' own HTTP routes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from issuer.accreditation import editions, rules
from issuer.accreditation import service as accreditation
from issuer.accreditation.models import Accreditation
from issuer.app import build_app
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.settings import IssuerSettings
from keys.fetching import Fetched, FetchFailed
from kit.clock import SettableClock
from kit.fetching import Answered
from tests import databases
from tests.issuer.college import ACTOR, NOW, College

AUTHORITY_URL = "http://localhost:8009"


@dataclass
class Net:
    """What can be asked, by host; `files` stand at other addresses, `down` are hosts that do not answer."""

    hosts: dict[str, TestClient] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def _client(self, url: str) -> tuple[TestClient, str]:
        self.asked.append(url)
        host, _, path = url.partition("://")[2].partition("/")
        if host not in self.hosts or host in self.down:
            raise FetchFailed(url, "not reached")
        return self.hosts[host], f"/{path}"

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        if url in self.files:
            return Fetched(url, "application/json", self.files[url])
        client, path = self._client(url)
        answer = client.get(path, headers={"accept": ", ".join(accept)})
        if answer.status_code != 200 or len(answer.content) > max_bytes:
            raise FetchFailed(url, f"answered {answer.status_code}")
        return Fetched(url, answer.headers["content-type"].split(";")[0], answer.content)

    def post(
        self,
        url: str,
        *,
        body: bytes,
        content_type: str,
        accept: tuple[str, ...],
        max_bytes: int,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        client, path = self._client(url)
        sent = {"accept": ", ".join(accept), "content-type": content_type, **(headers or {})}
        if authorization is not None:
            sent["authorization"] = authorization
        answer = client.post(path, content=body, headers=sent)
        assert len(answer.content) <= max_bytes
        return Answered(answer.status_code, answer.headers.get("content-type", "").split(";")[0], answer.content)


@dataclass
class Abroad:
    """A college on one deployment, an authority on another."""

    college: College
    authority: Organisation
    office: Office
    client: TestClient
    net: Net
    clock: SettableClock

    @classmethod
    def open(cls, folder: Path, *, database_url: str = "", authority_database_url: str = "") -> Abroad:
        """Build both; `database_url` is the college's."""
        clock = SettableClock(NOW)
        college = College.open(folder / "college", learners=1, clock=clock, database_url=database_url)
        settings = IssuerSettings(
            public_url=AUTHORITY_URL,
            data_dir=folder / "authority",
            secret=b"another secret, of the authority",
            database_url=authority_database_url,
        )
        databases.migrate("issuer", settings.database)
        app = build_app(settings, clock=clock)
        office: Office = app.state.office
        with office.database.unit() as session:
            authority = organisations.create(
                office,
                session,
                slug="forem",
                kind=OrganisationKind.AUTHORITY,
                name_fr="Office wallon",
                name_en="Walloon Office",
                territory="BE-WAL",
            )
        client = TestClient(app, base_url=AUTHORITY_URL)
        net = Net({"localhost:8001": college.client, "localhost:8009": client})
        college.office = college.app.state.office = replace(college.office, fetcher=net, poster=net)
        office = app.state.office = replace(office, fetcher=net, poster=net)
        return cls(college, authority, office, client, net, clock)

    def accredit(self, number: str = "FOR-2026-0007", **changes: Any) -> Accreditation:
        """The authority accredits the college's programme."""
        decision = {
            "institution_did": self.college.organisation.did,
            "institution_name": self.college.organisation.name_fr,
            "achievement_id": self.college.programme.achievement_id,
            "programme_title_fr": self.college.programme.title_fr,
            "programme_title_en": self.college.programme.title_en,
            "number": number,
            "track": "",
            "stream": "upskilling",
            "territory": "BE-WAL",
            "valid_from": datetime(2025, 9, 1, tzinfo=UTC),
            "valid_until": datetime(2030, 8, 31, 23, 59, 59, tzinfo=UTC),
            **changes,
        }
        return accreditation.accredit(self.office, self.authority, rules.Decision(**decision), actor=ACTOR)

    def withdraw(self, made: Accreditation, *, at: datetime, reason: str = "Fin du programme") -> None:
        """The authority withdraws."""
        accreditation.withdraw(self.office, self.authority, made.id, reason=reason, at=at, actor=ACTOR)

    def signed(self, made: Accreditation) -> bytes:
        """The newest signed edition, byte for byte."""
        with self.office.database.reading() as session:
            return editions.of_accreditation(session, made.id)[-1].body or b""

    def whois(self) -> list[dict[str, Any]]:
        """What the college publishes."""
        shown = self.college.client.get("/o/riviere/whois").json().get("verifiableCredential", [])
        return shown if isinstance(shown, list) else [shown]


def changed(document: bytes, **members: Any) -> bytes:
    """A document with some members replaced, its proof untouched."""
    return json.dumps({**json.loads(document), **members}).encode()
