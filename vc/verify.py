"""Verification, as one story in the order of the threat model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from keys.fetching import Fetcher
from vc.findings import PresentationReport, Report
from vc.policy import Anchors, Policy


def verify_credential(
    document: Mapping[str, Any] | str | bytes,
    *,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    recognitions: Iterable[Mapping[str, Any]] = (),
    schemas: Mapping[str, bytes] | None = None,
) -> Report:
    """Decide whether a credential can be relied on at `now`. Never raises for what the document says.

    `recognitions`: accreditation credentials that came stapled to it (each verified fully before it counts).
    `schemas`: bytes of JSON Schemas by address, used when their digest is the one an accreditation pins.
    """
    raise NotImplementedError


def verify_presentation(
    document: Mapping[str, Any] | str | bytes,
    *,
    challenge: str | None,
    domain: str | None,
    anchors: Anchors,
    policy: Policy,
    accepted_suites: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    recognitions: Iterable[Mapping[str, Any]] = (),
    schemas: Mapping[str, bytes] | None = None,
) -> PresentationReport:
    """Decide whether a presentation, made for `challenge` and `domain`, can be relied on at `now`."""
    raise NotImplementedError
