"""Accreditations as rows for people: what is accredited, by whom it is taught, since when, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, AccreditationState
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from kit.i18n import N_, Writer
from kit.places import place

TRACKS = {"employed-people": N_("Employed people"), "trainers": N_("Trainers of trainers")}
STREAMS = {"upskilling": N_("Upskilling"), "reskilling": N_("Reskilling")}

Translate = Callable[..., str]


@dataclass(frozen=True)
class Row:
    """One accreditation, in the reader's words."""

    id: str
    title: str
    href: str
    institution: str
    territory: str
    conditions: tuple[str, ...]
    number: str
    group: str
    kind: str
    word: str
    when: str
    reason: str


def rows(
    session: Session,
    accreditations: Sequence[Accreditation],
    *,
    language: str,
    translate: Translate,
    writer: Writer,
    now: datetime,
) -> list[Row]:
    """Return a row for each accreditation, in their order."""
    programmes = _programmes(session, [one.achievement_id for one in accreditations])
    made = []
    for one in accreditations:
        group, kind, word, when = _standing(one, translate, writer, now)
        programme = programmes.get(one.achievement_id)
        conditions = (
            track_name(one, language, translate),
            stream_name(one, translate),
        )
        made.append(
            Row(
                id=one.id,
                title=one.programme_title_fr if language == "fr" else one.programme_title_en or one.programme_title_fr,
                href=f"/{language}/o/{programme[1]}/p/{programme[0]}" if programme else "",
                institution=one.institution_name,
                territory=place(one.territory, translate),
                conditions=tuple(text for text in conditions if text),
                number=one.number,
                group=group,
                kind=kind,
                word=word,
                when=when,
                reason=one.reason if one.state is not AccreditationState.ACTIVE else "",
            )
        )
    return made


def track_name(one: Accreditation, language: str, translate: Translate) -> str:
    """Return what the track of an accreditation is called: by its scheme, else by us, else its key."""
    named = one.track_en if language == "en" else one.track_fr
    return named or ", ".join(translate(TRACKS.get(key, key)) for key in one.track.split())


def stream_name(one: Accreditation, translate: Translate) -> str:
    """Return what the streams of an accreditation are called."""
    return ", ".join(translate(STREAMS.get(key, key)) for key in one.stream.split())


def track_names(session: Session, language: str, translate: Translate) -> dict[str, str]:
    """Return what every track in use is called, by its key."""
    named = select(Accreditation.track, Accreditation.track_fr, Accreditation.track_en).distinct()
    known = {key: translate(text) for key, text in TRACKS.items()}
    found = {key: en if language == "en" else fr for key, fr, en in session.exec(named)}
    return known | {key: name for key, name in found.items() if name}


def _programmes(session: Session, achievement_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Programme and organisation slug of those achievements that are taught on this service."""
    query = (
        select(Programme.achievement_id, Programme.slug, Organisation.slug)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(col(Programme.achievement_id).in_(achievement_ids))
    )
    return {achievement: (programme, organisation) for achievement, programme, organisation in session.exec(query)}


def _standing(one: Accreditation, translate: Translate, writer: Writer, now: datetime) -> tuple[str, str, str, str]:
    """Group, silhouette, word and period."""
    if one.state is AccreditationState.WITHDRAWN:
        when = translate(N_("Withdrawn as of %(date)s"), date=writer.date(one.state_since.date()))
        return "ended", "bad", translate(N_("Withdrawn")), when
    if one.state is AccreditationState.SUSPENDED:
        when = translate(N_("Suspended since %(date)s"), date=writer.date(one.state_since.date()))
        return "suspended", "warn", translate(N_("Suspended")), when
    since, until = writer.date(one.valid_from.date()), writer.date(one.valid_until.date()) if one.valid_until else ""
    period = (
        translate(N_("%(since)s to %(until)s"), since=since, until=until)
        if until
        else translate(N_("Since %(since)s, no end date"), since=since)
    )
    if one.valid_until is not None and one.valid_until < now:
        return "ended", "unk", translate(N_("Ended")), period
    if one.valid_from > now:
        return "in_force", "info", translate(N_("From a later date")), period
    return "in_force", "ok", translate(N_("Accredited")), period
