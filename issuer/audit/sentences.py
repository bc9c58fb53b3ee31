"""The record of acts in sentences: who did what, in the reader's language.

`SENTENCES` has one for each act that anything here records; a test compares it with the code. Acts of a newer version
in an older one's record are shown with their name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlmodel import Session, col, select

from issuer.audit.service import Entry
from issuer.staff.models import ApiKey, StaffMember
from kit.i18n import N_

SENTENCES: Mapping[str, str] = {
    "accreditation.planned": N_("%(who)s decided about an accreditation; the signature follows."),
    "accreditation.active": N_("An accreditation decided by %(who)s was signed and is in force."),
    "accreditation.suspended": N_("An accreditation suspended by %(who)s was signed as suspended."),
    "accreditation.withdrawn": N_("An accreditation withdrawn by %(who)s was signed as withdrawn."),
    "api-key.created": N_("%(who)s made an API key."),
    "api-key.revoked": N_("%(who)s revoked an API key."),
    "applicant.proven": N_("%(who)s proved that the identifier is theirs."),
    "applicant.delivery-address": N_("%(who)s said where signed documents are to be sent."),
    "application.started": N_("%(who)s began an application."),
    "application.submitted": N_("%(who)s sent the application to the committee."),
    "application.withdrawn": N_("%(who)s took the application back."),
    "application.assigned": N_("%(who)s settled who looks after the application."),
    "application.conflict-declared": N_("%(who)s declared a conflict of interest and keeps out of it."),
    "application.asked": N_("%(who)s asked the applicant a question; the clock stands still."),
    "application.answered": N_("%(who)s answered a question of the committee."),
    "application.opinion-given": N_("%(who)s gave an opinion."),
    "application.approved": N_("%(who)s approved the application."),
    "application.refused": N_("%(who)s refused the application."),
    "application.participation-ended": N_("%(who)s ended the participation."),
    "claim.invited": N_("%(who)s invited a learner to take a credential."),
    "cohort.created": N_("%(who)s created a cohort."),
    "completion.recorded": N_("%(who)s recorded that a participant completed a program."),
    "completion.taken-back": N_("%(who)s took a recorded completion back."),
    "credential.intended": N_("%(who)s set out to issue a credential."),
    "credentials.intended": N_("%(who)s set out to issue several credentials."),
    "credential.issued": N_("A credential issued by %(who)s was signed."),
    "credentials.issued": N_("Several credentials issued by %(who)s were signed."),
    "credential.voided": N_("A credential that could not be signed was given up."),
    "credential.hand-over-intended": N_("%(who)s asked for a credential bound to a wallet."),
    "credential.handed-over": N_("A credential was handed over: %(who)s took it."),
    "credential.revoked": N_("%(who)s revoked a credential."),
    "credential.suspended": N_("%(who)s suspended a credential."),
    "credential.reinstated": N_("%(who)s reinstated a credential."),
    "credential.page-opened": N_("%(who)s made the public page of a credential visible."),
    "credential.page-closed": N_("%(who)s hid the public page of a credential."),
    "control.answered": N_("%(who)s proved to an authority that the organization controls its identifier."),
    "endorsement.planned": N_("%(who)s decided to endorse a training; the signature follows."),
    "endorsement.signed": N_("An endorsement decided by %(who)s was signed."),
    "endorsement.withdrawn": N_("%(who)s withdrew an endorsement."),
    "endorsement.shown": N_("%(who)s shows an endorsement with the program."),
    "endorsement.not-shown": N_("%(who)s no longer shows an endorsement with the program."),
    "job.started": N_("%(who)s began to issue credentials in bulk."),
    "job.paused": N_("%(who)s paused the issuing of credentials in bulk."),
    "job.resumed": N_("%(who)s let the issuing of credentials in bulk go on."),
    "job.cancelled": N_("%(who)s stopped the issuing of credentials in bulk."),
    "job.retried": N_("%(who)s had refused rows of a bulk job tried again."),
    "learner-record.made": N_("%(who)s made a learner’s record of several credentials."),
    "part.added": N_("%(who)s made one training a part of another."),
    "part.removed": N_("%(who)s took a part out of a program."),
    "participants.placed": N_("%(who)s placed participants with a host."),
    "parts.completed": N_("%(who)s recorded who has completed every part of a program."),
    "programme.created": N_("%(who)s created a program."),
    "programme.changed": N_("%(who)s changed a program."),
    "programme.archived": N_("%(who)s archived a program."),
    "programme.restored": N_("%(who)s restored an archived program."),
    "recognition.received": N_("A recognition from an authority elsewhere came in: %(who)s brought it."),
    "recognition.published": N_("%(who)s published a recognition from an authority elsewhere."),
    "recognition.removed": N_("%(who)s no longer publishes a recognition from an authority elsewhere."),
    "register.imported": N_("%(who)s took a class register over."),
    "register.taken-back": N_("%(who)s took an imported class register back."),
    "scheme.adopted": N_("%(who)s adopted an accreditation scheme."),
    "scheme.changed": N_("%(who)s changed the settings of a scheme."),
    "scheme.opened": N_("%(who)s opened a scheme for applications."),
    "scheme.closed": N_("%(who)s closed a scheme for applications."),
    "staff.added": N_("%(who)s added a person to the team."),
    "staff.role-changed": N_("%(who)s gave a person another role."),
    "staff.disabled": N_("%(who)s closed a person’s account."),
    "staff.enabled": N_("%(who)s opened a person’s account again."),
    "status-lists.begun-anew": N_("%(who)s had status lists begun anew."),
    "staff.password-changed": N_("%(who)s chose a new password."),
    "staff.password-given": N_("%(who)s gave a person of the team a new password."),
    "staff.signed-in": N_("%(who)s signed in."),
}
_UNKNOWN = N_("%(who)s did something that this version has no sentence for: %(act)s.")
_OTHERS = {
    "api-key": N_("a system with an API key"),
    "wallet": N_("a learner’s wallet"),
    "system": N_("the service itself"),
    "applicant": N_("the applicant"),
    "authority": N_("an authority elsewhere"),
}
_SOMEBODY = N_("somebody")

Translate = Callable[..., str]


def names(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return what people and systems among `actors` are called; others are left to `sentence`."""
    by_kind: dict[str, set[str]] = {}
    for actor in actors:
        kind, _, identifier = actor.partition(":")
        by_kind.setdefault(kind, set()).add(identifier)
    people = select(StaffMember.id, StaffMember.name).where(col(StaffMember.id).in_(by_kind.get("staff", set())))
    keys = select(ApiKey.id, ApiKey.name).where(col(ApiKey.id).in_(by_kind.get("api-key", set())))
    return {f"staff:{identifier}": name for identifier, name in session.exec(people)} | {
        f"api-key:{identifier}": name for identifier, name in session.exec(keys)
    }


def sentence(entry: Entry, known: Mapping[str, str], translate: Translate) -> str:
    """Return what an entry records, in words. `known` has the names of actors, or who they are shown as."""
    kind = entry.actor.partition(":")[0]
    who = known.get(entry.actor)
    told = translate(
        SENTENCES.get(entry.act, _UNKNOWN), who=who or translate(_OTHERS.get(kind, _SOMEBODY)), act=entry.act
    )
    return told if who else told[:1].upper() + told[1:]
