"""What an authority may decide, where authorities above it have set limits: a child narrows its parent.

Asked before anything is recorded. A verifier asks the same again (`vc.recognition`), of documents; so an authority
whose recognition ends after this check has not lost anything, and has not gained anything either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from issuer.accreditation.models import Accreditation, Recognition, limits_of
from issuer.organisations.models import Organisation
from kit.i18n import N_
from kit.problems import Unprocessable
from vc import strict_json
from vc.recognition import Beyond, Permitted, Proposal, permitted

_FIELDS = {"programme": "achievement_id"}


class BeyondRecognition(Unprocessable):
    """The decision goes beyond what the authority is itself recognised for. `at` names the first field, `by` who set
    the limit, `fields` all of them."""

    slug, title = "beyond-recognition", N_("This decision goes beyond the recognition of the authority")
    advice = N_("Choose narrower conditions or dates, or ask the authority above for a wider recognition.")


def keep_within(session: Session, authority: Organisation, decision: Accreditation, *, since: datetime) -> None:
    """Raise `BeyondRecognition` unless `authority` may decide so, for the time from `since` on."""
    answer = _asked(session, authority, decision, since)
    if isinstance(answer, Beyond):
        fields = [_FIELDS.get(part, part) for part in answer.parts]
        raise BeyondRecognition(f"the limit was set by {answer.by}", at=fields[0], fields=fields, by=answer.by)


def covering(session: Session, authority: Organisation, decision: Accreditation, *, since: datetime) -> Sequence[str]:
    """Return the `id`s of the recognitions of `authority` that cover `decision`, none where nobody recognises it."""
    answer = _asked(session, authority, decision, since)
    return answer.within if isinstance(answer, Permitted) else ()


def _asked(session: Session, authority: Organisation, decision: Accreditation, since: datetime) -> Permitted | Beyond:
    proposal = Proposal(limits_of(decision), since, decision.valid_until)
    return permitted(authority.did, proposal, of_authority(session, authority))


def of_authority(session: Session, authority: Organisation) -> Sequence[Mapping[str, Any]]:
    """Return what authorities of this service signed about `authority` as an authority: every signed edition."""
    query = (
        select(Recognition.body)
        .join(Accreditation, col(Accreditation.id) == Recognition.accreditation_id)
        .where(Accreditation.institution_did == authority.did, col(Accreditation.to_recognise))
        .where(col(Recognition.body).is_not(None))
        .order_by(col(Recognition.signed_at), col(Recognition.edition))
    )
    return [strict_json.settled(body) for body in session.exec(query) if body is not None]
