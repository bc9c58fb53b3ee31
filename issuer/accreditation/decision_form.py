"""The form of a decision: what was typed, the decision that it says, and where to say what is wrong with it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, select

from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.rules import Decision, Incomplete, NumberTaken
from issuer.days import moment_of
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from kit.i18n import N_

ELSEWHERE = "elsewhere"
"""What stands for a training, or an authority, that is not on this service."""
_LIMITED = N_("Choose less: %(by)s recognized your organization within narrower limits.")


class DecisionForm(BaseModel):
    """The form of a decision, as typed."""

    programme: str = ""
    """Id of a programme on this service, or `elsewhere`."""
    institution_did: str = ""
    institution_name: str = ""
    achievement_id: str = ""
    programme_title_fr: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: str = ""
    valid_until: str = ""
    confirmed: str = ""


def read(session: Session, form: DecisionForm) -> Decision:
    """Return the decision that the form describes; `service.foresee` says whether it may be made.

    Raises `Incomplete` where no training is chosen, or a day is none.
    """
    if not form.programme:
        raise Incomplete("choose a training", at="programme")
    taught = _taught(session, form.programme) if form.programme != ELSEWHERE else None
    return Decision(
        institution_did=taught[1].did if taught else form.institution_did.strip(),
        institution_name=taught[1].name_fr if taught else form.institution_name.strip(),
        achievement_id=taught[0].achievement_id if taught else form.achievement_id.strip(),
        programme_title_fr=taught[0].title_fr if taught else form.programme_title_fr.strip(),
        programme_title_en=taught[0].title_en if taught else form.programme_title_fr.strip(),
        number=form.number.strip(),
        track=form.track,
        stream=form.stream,
        territory=form.territory.strip(),
        valid_from=day("valid_from", form.valid_from),
        valid_until=day("valid_until", form.valid_until, last_moment=True) if form.valid_until.strip() else None,
    )


def _taught(session: Session, programme_id: str) -> tuple[Programme, Organisation]:
    query = (
        select(Programme, Organisation)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(Programme.id == programme_id)
    )
    found = session.exec(query).first()
    if found is None:
        raise Incomplete("choose a training", at="programme")
    return found


def day(field: str, text: str, *, last_moment: bool = False) -> datetime:
    """Return the moment that a typed day begins, or ends. Raises `Incomplete`, naming the field."""
    try:
        return moment_of(text, last_moment=last_moment)
    except ValueError:
        raise Incomplete("a date as year-month-day is needed", at=field) from None


def field_of(wrong: Incomplete | NumberTaken) -> str:
    """Return the field to which a refusal belongs."""
    return str(wrong.members["at"]) if isinstance(wrong, Incomplete) else "number"


def limited(office: Office, lang: str, wrong: BeyondRecognition, *, programme: str) -> dict[str, str]:
    """Return what to say at each field that goes beyond the authority's own recognition.

    `programme`: what the form calls the field of the training.
    """
    sentence = office.pages.translate(lang, _LIMITED, by=wrong.members["by"])
    return {programme if field == "achievement_id" else field: sentence for field in wrong.members["fields"]}
