"""Recognitions that somebody would like to count (threats V-ISS-1, V-TAM-1, V-SSRF-3, V-DOS-4).

The ministry, council and committee of `World.of_chain` are genuine; each case then bends what the college publishes,
or what stands above it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.world import Organisation, World, key_for, moment
from vc import recognition
from vc.policy import PUBLIC
from vc.recognition import Conditions

Change = Callable[[dict[str, Any]], object]
EVIL = "https://evil.example"


def accredited(world: World, **more: Any) -> dict[str, Any]:
    return world.accredit(**{"territory": "CA-QC", "purposes": ("revocation",), **more})


def action_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["credentialSubject"]["recognizedTo"]
    return found


def bent(document: dict[str, Any], change: Change) -> dict[str, Any]:
    """A copy of `document`, changed, with its proof as it was."""
    altered = copy.deepcopy(document)
    change(altered)
    return altered


def signed(document: dict[str, Any], by: Organisation, change: Change, **options: Any) -> dict[str, Any]:
    """The same, signed again by `by`."""
    unsigned = {name: value for name, value in bent(document, change).items() if name != "proof"}
    return by.sign(unsigned, **{"created": moment("2025-09-01"), **options})


def college_publishes(world: World, *documents: dict[str, Any]) -> None:
    world.institution.recognitions = list(documents)


def altered(change: Change) -> Callable[[World], None]:
    """The committee's recognition, changed after it was signed."""

    def case(world: World) -> None:
        college_publishes(world, bent(accredited(world), change))

    return case


def by_the_committee(change: Change, **more: Any) -> Callable[[World], None]:
    """What the committee itself signs, and may not."""

    def case(world: World) -> None:
        college_publishes(world, signed(accredited(world, **more), world.authority, change))

    return case


def by_the_college(change: Change, **options: Any) -> Callable[[World], None]:
    """The committee's recognition, changed, and signed by the college."""

    def case(world: World) -> None:
        college_publishes(world, signed(accredited(world), world.institution, change, **options))

    return case


def same(_: dict[str, Any]) -> None:
    """No change."""


# --- forged ---------------------------------------------------------------------------------------


def signed_by_the_college_for_itself(world: World) -> None:
    accredited(world, by="Northern College")


def signed_by_the_college_in_the_key_name_of_the_committee(world: World) -> None:
    forged = signed(accredited(world), world.institution, same, verification_method=world.authority.verification_method)
    college_publishes(world, forged)


def with_the_proof_of_another_recognition(world: World) -> None:
    other = accredited(world, programme="Pottery")
    college_publishes(world, bent(accredited(world), lambda d: d.update(proof=other["proof"])))


def by_a_key_of_the_college_in_the_document_of_a_shell(world: World) -> None:
    """A shell authority that nobody recognises, run by the college."""
    accredited(world, by="Shell")


def by_a_shell_that_the_college_recognises(world: World) -> None:
    world.recognise("Shell", by="Northern College", conditions=Conditions(("CA-QC",), max_depth=3))
    accredited(world, by="Shell")


def by_a_shell_that_recognises_itself(world: World) -> None:
    world.recognise("Shell", by="Shell", conditions=Conditions(("CA-QC",)))
    accredited(world, by="Shell")


def by_a_shell_with_a_forged_parent(world: World) -> None:
    """The shell signs, in the council's name, that it is recognised."""
    shell = world.organisation("Shell")
    parent = world.recognise("Shell", by="Council", conditions=Conditions(("CA-QC",)), publish=False)
    shell.recognitions = [signed(parent, shell, same)]
    accredited(world, by="Shell")


# --- borrowed -------------------------------------------------------------------------------------


def of_another_institution(world: World) -> None:
    college_publishes(world, accredited(world, of="Southern College", publish=False))


def of_another_institution_renamed(world: World) -> None:
    other = accredited(world, of="Southern College", publish=False)
    college_publishes(world, bent(other, lambda d: d["credentialSubject"].update(id=world.institution.did)))


def of_another_programme(world: World) -> None:
    accredited(world, programme="Pottery")


def of_another_programme_said_to_be_this_one(world: World) -> None:
    ours = world.programme("Data analysis 101").id
    college_publishes(
        world,
        signed(accredited(world, programme="Pottery"), world.authority, lambda d: action_of(d).update(programme=ours)),
    )


def an_authority_that_may_only_issue(world: World) -> None:
    """The council recognised a training of the committee; that is not leave to recognise others."""
    world.authority.recognitions = []
    accredited(world, of="Talent committee", by="Council")
    accredited(world)


def an_authority_of_nearly_the_same_name(world: World) -> None:
    """The council recognised `…-committee.example`; the signer is `…-committee.example` on another port."""
    twin = replace(world.authority, did=f"{world.authority.did}%3A8443")
    twin.verification_method = f"{twin.did}#{twin.key.public.multikey}"
    world.net.serve("https://talent-committee.example:8443/.well-known/did.json", lambda: world.did_document(twin))
    change = lambda d: (d["issuer"].update(id=twin.did), action_of(d).update(recognizedBy=twin.did))  # noqa: E731 - said where it is used
    college_publishes(world, signed(accredited(world), twin, change))


# --- widened --------------------------------------------------------------------------------------


def wider(**conditions: Any) -> Callable[[World], None]:
    """The committee recognises the college for more than the council recognised it for."""

    def case(world: World) -> None:
        accredited(world, **conditions)

    return case


def limited(limits: Conditions, **more: Any) -> Callable[[World], None]:
    """The council limits the committee in another way, and the committee does not keep to it."""

    def case(world: World) -> None:
        world.authority.recognitions = []
        world.recognise("Talent committee", by="Council", conditions=limits)
        accredited(world, **more)

    return case


def an_authority_below_one_that_may_recognise_institutions_only(world: World) -> None:
    world.recognise("Branch", by="Talent committee", conditions=Conditions(("CA-QC",), max_depth=0))
    accredited(world, by="Branch")


def an_authority_recognised_for_more_than_its_parent(world: World) -> None:
    world.authority.recognitions = []
    world.recognise("Talent committee", by="Council", conditions=Conditions(("CA", "BE"), max_depth=0))
    accredited(world, territory="BE-WAL")


def an_authority_recognised_without_the_limits_of_its_parent(world: World) -> None:
    world.authority.recognitions = []
    world.recognise("Talent committee", by="Council")
    accredited(world)


# --- re-dated -------------------------------------------------------------------------------------


def before_the_parent_began(world: World) -> None:
    world.authority.recognitions = []
    world.recognise("Talent committee", by="Council", conditions=Conditions(("CA-QC",)), since="2026-11-23")
    accredited(world)


def after_the_parent_ended(world: World) -> None:
    world.authority.recognitions = []
    world.recognise("Talent committee", by="Council", conditions=Conditions(("CA-QC",)), until="2026-06-30")
    accredited(world)


def sealed_in_the_future(world: World) -> None:
    college_publishes(world, signed(accredited(world), world.authority, same, created=world.now + timedelta(days=1)))


def sealed_for_a_time_that_is_over(world: World) -> None:
    over = {"expires": moment("2026-01-01")}
    college_publishes(world, signed(accredited(world), world.authority, same, **over))


def closed_later_by_another_key(world: World) -> None:
    """Withdrawn before completion; the college signs a closed copy with a later day."""
    original = accredited(world)
    world.withdraw_accreditation(at="2026-10-01")
    later = recognition.closed(original, at=moment("2026-11-01"), reason="withdrawn")
    world.institution.recognitions.append(world.institution.sign(later, created=moment("2026-11-01")))


def closed_later_by_a_bent_copy(world: World) -> None:
    accredited(world)
    world.withdraw_accreditation(at="2026-10-01")
    original, closed = world.institution.recognitions
    college_publishes(world, original, bent(closed, lambda d: d.update(validUntil="2026-12-31T00:00:00Z")))


def twice_with_different_dates(world: World) -> None:
    genuine = accredited(world, until="2026-06-30")
    longer = signed(genuine, world.institution, lambda d: d.update(validUntil="2030-06-30T00:00:00Z"))
    college_publishes(world, longer, genuine, longer)


# --- replayed -------------------------------------------------------------------------------------


def the_older_edition_without_the_closed_copy(world: World) -> None:
    accredited(world)
    world.withdraw_accreditation(at="2026-10-01", publish_end=False)


def the_older_edition_of_the_parent(world: World) -> None:
    accredited(world)
    world.withdraw_accreditation(of="Talent committee", at="2026-10-01", publish_end=False)


def with_a_status_list_of_before_the_withdrawal(world: World) -> None:
    accredited(world)
    clean = status_list(world, world.authority)
    world.withdraw_accreditation(at="2026-10-01", publish_end=False)
    world.now += timedelta(hours=2)  # still in force by its own dates, and too old to stand for the served one
    world.institution.recognitions.append(clean)


def with_a_clean_status_list_by_the_college(world: World) -> None:
    accredited(world)
    clean = status_list(world, world.authority)
    world.withdraw_accreditation(at="2026-10-01", publish_end=False)
    world.institution.recognitions.append(signed(clean, world.institution, same, created=world.now))


def with_the_clean_list_of_somebody_else(world: World) -> None:
    accredited(world)
    other = status_list(world, world.organisation("Council"))
    world.withdraw_accreditation(at="2026-10-01", publish_end=False)
    address = world.authority.list_url("revocation")
    world.institution.recognitions.append(bent(other, lambda d: d.update(id=address)))


def status_list(world: World, owner: Organisation) -> dict[str, Any]:
    served: dict[str, Any] = json.loads(world.net.pages[owner.list_url("revocation")]())
    return served


def whose_status_list_somebody_else_signs(world: World) -> None:
    accredited(world)
    world.serve_list(world.authority, "revocation", signer=world.institution)


def whose_parents_status_list_somebody_else_signs(world: World) -> None:
    accredited(world)
    world.serve_list(world.organisation("Council"), "revocation", signer=world.authority)


def whose_status_list_is_for_suspensions(world: World) -> None:
    accredited(world)
    world.serve_list(world.authority, "revocation", credentialSubject={"statusPurpose": "suspension"})


# --- mazes ----------------------------------------------------------------------------------------


def a_ring_of_authorities(world: World) -> None:
    world.recognise("Left", by="Right")
    world.recognise("Right", by="Left")
    accredited(world, by="Left")


def a_ring_around_the_college(world: World) -> None:
    world.recognise("Left", by="Northern College")
    world.recognise("Northern College", by="Left")
    accredited(world, by="Left")


def fifty_links_deep(world: World) -> None:
    for level in range(50):
        world.recognise(f"Level {level}", by=f"Level {level - 1}" if level else "Ministry")
    accredited(world, by="Level 49")


def one_link_deeper_than_is_looked(world: World) -> None:
    links = PUBLIC.limits.links
    for level in range(links):
        world.recognise(f"Level {level}", by=f"Level {level - 1}" if level else "Ministry")
    accredited(world, by=f"Level {links - 1}")


def a_thousand_links_wide(world: World) -> None:
    """Everybody recognises everybody, and nobody is recognised by anyone who counts."""
    names = [f"Node {number}" for number in range(12)]
    for name in names:
        for other in names:
            if name != other:
                world.recognise(name, by=other)
    accredited(world, by="Node 0")


def numbered(number: int, **more: Any) -> Change:
    return lambda document: document.update(id=f"{EVIL}/{number}", **more)


def a_thousand_copies(world: World) -> None:
    forged = signed(accredited(world), world.institution, same)
    copies = (bent(forged, numbered(number)) for number in range(1000))
    college_publishes(world, *copies)


def a_hundred_heavy_copies(world: World) -> None:
    """Each is work for the canonicaliser; together they are more than one verification may ask for (V-DOS-7)."""
    forged = signed(accredited(world), world.institution, same)
    words = [{"@value": "x", "@language": f"x-{number}"} for number in range(400)]
    heavy = (bent(forged, numbered(number, description=words)) for number in range(100))
    college_publishes(world, *heavy)


# --- keys -----------------------------------------------------------------------------------------


def keys_of(world: World, owner: Organisation, change: Change) -> None:
    served = world.did_document(owner)
    change(served)
    world.net.serve(f"{owner.origin}/.well-known/did.json", served)


def by_a_key_that_the_committee_no_longer_publishes(world: World) -> None:
    accredited(world)
    rotated = replace(world.authority, key=key_for("the next key"))
    world.net.serve(f"{world.authority.origin}/.well-known/did.json", lambda: world.did_document(rotated))


def by_a_key_that_was_revoked_before(world: World) -> None:
    accredited(world)
    keys_of(world, world.authority, lambda d: d["verificationMethod"][0].update(revoked="2025-01-01T00:00:00Z"))


def by_a_key_that_is_not_for_recognising(world: World) -> None:
    accredited(world)
    keys_of(world, world.authority, lambda d: d.update(assertionMethod=[]))


def by_a_key_of_the_council_that_was_taken_over(world: World) -> None:
    accredited(world)
    council = world.organisation("Council")
    other = replace(council, key=key_for("a thief"))
    world.net.serve(f"{council.origin}/.well-known/did.json", lambda: world.did_document(other))


# --- schemas --------------------------------------------------------------------------------------


def pinning(schema: Any, *, served: bytes | None = None) -> Callable[[World], None]:
    """The committee pins a schema of another make."""
    address = "https://talent-committee.example/schemas/own.json"

    def case(world: World) -> None:
        data = json.dumps(schema).encode()
        pinned = {"id": address, "type": "JsonSchema", "digestMultibase": recognition.digest_multibase(data)}

        def pin(document: dict[str, Any]) -> None:
            action_of(document).update(outputValidation=pinned)
            action_of(document).pop("programme")

        world.net.serve(address, served if served is not None else data)
        college_publishes(world, signed(accredited(world), world.authority, pin))

    return case


OUTPUT = "outputValidation"
POTTERY = "https://northern-college.example/programmes/pottery"

CASES: dict[str, Callable[[World], None]] = {
    one.__name__: one
    for one in (
        signed_by_the_college_for_itself,
        signed_by_the_college_in_the_key_name_of_the_committee,
        with_the_proof_of_another_recognition,
        by_a_key_of_the_college_in_the_document_of_a_shell,
        by_a_shell_that_the_college_recognises,
        by_a_shell_that_recognises_itself,
        by_a_shell_with_a_forged_parent,
        of_another_institution,
        of_another_institution_renamed,
        of_another_programme,
        of_another_programme_said_to_be_this_one,
        an_authority_that_may_only_issue,
        an_authority_of_nearly_the_same_name,
        an_authority_below_one_that_may_recognise_institutions_only,
        an_authority_recognised_for_more_than_its_parent,
        an_authority_recognised_without_the_limits_of_its_parent,
        before_the_parent_began,
        after_the_parent_ended,
        sealed_in_the_future,
        sealed_for_a_time_that_is_over,
        closed_later_by_another_key,
        closed_later_by_a_bent_copy,
        twice_with_different_dates,
        the_older_edition_without_the_closed_copy,
        the_older_edition_of_the_parent,
        with_a_status_list_of_before_the_withdrawal,
        with_a_clean_status_list_by_the_college,
        with_the_clean_list_of_somebody_else,
        whose_status_list_somebody_else_signs,
        whose_parents_status_list_somebody_else_signs,
        whose_status_list_is_for_suspensions,
        a_ring_of_authorities,
        a_ring_around_the_college,
        fifty_links_deep,
        one_link_deeper_than_is_looked,
        a_thousand_links_wide,
        a_thousand_copies,
        a_hundred_heavy_copies,
        by_a_key_that_the_committee_no_longer_publishes,
        by_a_key_that_was_revoked_before,
        by_a_key_that_is_not_for_recognising,
        by_a_key_of_the_council_that_was_taken_over,
    )
} | {
    "signed by the college in the committee's name": by_the_college(same),
    "without a proof": altered(lambda d: d.pop("proof")),
    "begun earlier after signing": altered(lambda d: d.update(validFrom="2020-01-01T00:00:00Z")),
    "given an end after signing": altered(lambda d: d.update(validUntil="2040-01-01T00:00:00Z")),
    "without its status entry": altered(lambda d: d.pop("credentialStatus")),
    "with its status entry elsewhere": altered(
        lambda d: d["credentialStatus"][0].update(statusListCredential=f"{EVIL}/status")
    ),
    "with another territory after signing": altered(lambda d: action_of(d).update(territory="CA-QC-06")),
    "with the schema of another programme": altered(
        lambda d: action_of(d)[OUTPUT].update(
            digestMultibase=recognition.digest_multibase(
                recognition.programme_schema(action_of(d)[OUTPUT]["id"], POTTERY)
            )
        )
    ),
    "with a second action": altered(lambda d: d["credentialSubject"].update(recognizedTo=[action_of(d)] * 2)),
    "with a word of its own in its context": by_the_committee(
        lambda d: d["@context"].append({"issue": "https://evil.example/issue"})
    ),
    "in a context that nobody carries": altered(lambda d: d["@context"].append(f"{EVIL}/context")),
    "recognised to verify": by_the_committee(lambda d: action_of(d).update(action="verify")),
    "recognised by the word of another": by_the_committee(
        lambda d: action_of(d).update(recognizedBy="did:web:ministry.example")
    ),
    "of another type": by_the_committee(lambda d: d.update(type=["VerifiableCredential"])),
    "without a schema": by_the_committee(lambda d: action_of(d).pop(OUTPUT)),
    "without the schema's digest": by_the_committee(lambda d: action_of(d)[OUTPUT].pop("digestMultibase")),
    "with a digest of nothing": by_the_committee(lambda d: action_of(d)[OUTPUT].update(digestMultibase="uEiA")),
    "for a territory that is no text": by_the_committee(lambda d: action_of(d).update(territory={"id": "urn:x:y"})),
    "in the whole country": wider(territory="CA"),
    "in another country": wider(territory="BE"),
    "in a territory of nearly the same code": wider(territory="CA-QCX"),
    "in every territory": wider(territory=None),
    "in another track": limited(Conditions(("CA-QC",), tracks=("trainers",)), track="employed-people"),
    "in every track": limited(Conditions(("CA-QC",), tracks=("trainers",))),
    "in another stream": limited(Conditions(("CA-QC",), streams=("reskilling",)), stream="upskilling"),
    "for a programme outside the parent's": limited(Conditions(("CA-QC",), programmes=(POTTERY,))),
    "for a programme that begins like the parent's": limited(
        Conditions(("CA-QC",), programmes=("https://northern-college.example/programmes/data",))
    ),
    "for a schema that admits everything": pinning({}),
    "for a schema that is true": pinning(True),
    "for a schema that admits every badge": pinning(
        {"properties": {"type": {"contains": {"const": "OpenBadgeCredential"}}}}
    ),
    "for a schema that another file is served for": pinning({"not": {}}, served=b"{}"),
    "for a schema of elsewhere": pinning({"$ref": f"{EVIL}/schema"}),
}
