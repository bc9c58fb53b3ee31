"""Asking for the past: the parameters `versionTime` and `versionId` of DID resolution, for everything we publish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from sqlmodel import Session

from issuer.addresses import machine_origin
from issuer.history import service
from issuer.history.models import PublishedKind, PublishedVersion
from issuer.history.service import NoSuchVersion
from issuer.office import Office
from issuer.organisations.models import Organisation
from keys import timestamps
from kit.problems import Unprocessable


class NoSuchTime(Unprocessable):
    """`versionTime` is no point in time."""


@dataclass(frozen=True)
class Asked:
    """Which version somebody wants; none in particular when neither is given."""

    version_time: str = ""
    version_id: str = ""

    @property
    def given(self) -> bool:
        """Whether a version in particular is wanted."""
        return bool(self.version_time or self.version_id)

    def find(self, session: Session, organisation: Organisation, kind: PublishedKind, subject: str) -> PublishedVersion:
        """Return the version of `subject` that is wanted.

        Raises `NoSuchVersion`, also when both are given and do not agree, and `NoSuchTime`.
        """
        at = self._moment()
        if not self.version_id:
            found = service.newest_of(session, organisation, kind, subject, at=at)
            if found is None:
                raise NoSuchVersion
            return found
        if not self.version_id.isascii() or not self.version_id.isdigit() or len(self.version_id) > 9:
            raise NoSuchVersion
        version = service.by_sequence(session, organisation, int(self.version_id))
        if (version.kind, version.subject) != (kind, subject):
            raise NoSuchVersion
        if at is not None and service.newest_of(session, organisation, kind, subject, at=at) != version:
            raise NoSuchVersion
        return version

    def _moment(self) -> datetime | None:
        try:
            return timestamps.parse(self.version_time) if self.version_time else None
        except timestamps.InvalidTimestamp:
            raise NoSuchTime("versionTime is a time with its zone, for example 2026-06-12T00:00:00Z") from None


def _asked(
    version_time: Annotated[str, Query(alias="versionTime")] = "",
    version_id: Annotated[str, Query(alias="versionId")] = "",
) -> Asked:
    return Asked(version_time, version_id)


AsOf = Annotated[Asked, Depends(_asked)]


def link(office: Office, slug: str) -> str:
    """Return the header field that says where all versions are listed (RFC 5829)."""
    return f'<{machine_origin(office.settings)}/o/{slug}/history>; rel="version-history"'
