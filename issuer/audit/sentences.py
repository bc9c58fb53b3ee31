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
    "credential.issued": N_("A credential issued by %(who)s was signed."),
    "credential.voided": N_("A credential that could not be signed was given up."),
    "credential.hand-over-intended": N_("%(who)s asked for a credential bound to a wallet."),
    "credential.handed-over": N_("A credential was handed over: %(who)s took it."),
    "credential.revoked": N_("%(who)s revoked a credential."),
    "credential.suspended": N_("%(who)s suspended a credential."),
    "credential.reinstated": N_("%(who)s reinstated a credential."),
    "programme.created": N_("%(who)s created a program."),
    "programme.changed": N_("%(who)s changed a program."),
    "programme.archived": N_("%(who)s archived a program."),
    "programme.restored": N_("%(who)s restored an archived program."),
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
    "staff.signed-in": N_("%(who)s signed in."),
}
_UNKNOWN = N_("%(who)s did something that this version has no sentence for: %(act)s.")
_OTHERS = {
    "api-key": N_("A system with an API key"),
    "wallet": N_("A learner’s wallet"),
    "system": N_("The service itself"),
    "applicant": N_("The applicant"),
}
_SOMEBODY = N_("Somebody")

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
    who = known.get(entry.actor) or translate(_OTHERS.get(kind, _SOMEBODY))
    return translate(SENTENCES.get(entry.act, _UNKNOWN), who=who, act=entry.act)
