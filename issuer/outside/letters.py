"""What is written to applicants from elsewhere: their link, and that something waits behind it.

The address was typed by a stranger and may be anybody's. So no word of the form is repeated in a letter.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from issuer.applications.models import Application, ApplicationState
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.outside import service
from issuer.outside.models import OutsideApplicant
from issuer.schemes.models import Scheme
from kit.i18n import N_
from kit.mail import MailRefused

AT_ONCE = 20
"""Letters in one round of errands."""

_BEGUN = N_(
    """Hello,

Somebody began an application to %(authority)s and gave this address:

    %(scheme)s

This link leads back to it. Keep it to yourself: whoever has it can go on with the application.

    %(link)s

If you know nothing of this, ignore this message; what was typed is forgotten after 30 days.

%(authority)s
"""
)
_NEWS = N_(
    """Hello,

There is something new about your application to %(authority)s:

    %(news)s

Your link leads to it:

    %(link)s

%(authority)s
"""
)
NEWS = {
    ApplicationState.WAITING: N_("The committee asks you something. The clock stands still until you answer."),
    ApplicationState.APPROVED: N_("Your application was approved."),
    ApplicationState.REFUSED: N_("Your application was refused. The reasons are there."),
}


def send_link(office: Office, session: Session, applicant: OutsideApplicant) -> bool:
    """Send the link to the address that was given; says whether the message left."""
    return _send(office, session, applicant, N_("Your application to %(authority)s"), _BEGUN)


def send_news(office: Office) -> int:
    """Tell applicants that their application has moved on; returns how many letters left. Opens its own units.

    A letter that cannot leave is tried again in the next round.
    """
    with office.database.reading() as session:
        query = (
            select(OutsideApplicant, Application.state)
            .join(Application, col(Application.id) == OutsideApplicant.application_id)
            .where(or_(*(_not_told(state) for state in NEWS)))
            .order_by(col(OutsideApplicant.id))
            .limit(AT_ONCE)
        )
        waiting = session.exec(query).all()
    return sum(_tell(office, applicant.id, ApplicationState(state)) for applicant, state in waiting)


def _not_told(state: ApplicationState) -> ColumnElement[bool]:
    return and_(col(Application.state) == state, col(OutsideApplicant.told) != state.value)


def _tell(office: Office, applicant_id: str, state: ApplicationState) -> bool:
    before = _mark_told(office, applicant_id, state.value)
    if before == state.value:  # another replica was quicker
        return False
    with office.database.reading() as session:
        applicant = session.get_one(OutsideApplicant, applicant_id)
        news = office.pages.translate(applicant.language, NEWS[state])
        subject = N_("News about your application to %(authority)s")
        sent = _send(office, session, applicant, subject, _NEWS, news=news)
    if not sent:
        _mark_told(office, applicant_id, before)
    return sent


def _mark_told(office: Office, applicant_id: str, told: str) -> str:
    """Note which state the applicant was told of; returns what was noted before."""
    with office.database.unit() as session:
        applicant = session.get_one(OutsideApplicant, applicant_id, with_for_update=True, populate_existing=True)
        before, applicant.told = applicant.told, told
        session.add(applicant)
        return before


def _send(
    office: Office, session: Session, applicant: OutsideApplicant, subject: str, text: str, **values: str
) -> bool:
    scheme = session.get_one(Scheme, applicant.scheme_id)
    authority = session.get_one(Organisation, scheme.authority_id)
    words = {
        "authority": organisations.name(authority, applicant.language),
        "scheme": scheme.name_fr if applicant.language == "fr" else scheme.name_en,
        "link": service.link(office, applicant),
        **values,
    }
    translate = office.pages.translate
    try:
        office.mailer.send(
            applicant.contact_email,
            translate(applicant.language, subject, **words),
            translate(applicant.language, text, **words),
        )
    except MailRefused:
        return False
    return True
