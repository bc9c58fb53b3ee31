"""What credentials are made of is read again once it has changed, whichever process changed it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, Table, delete, text, update
from sqlmodel import Session, SQLModel, select

from issuer.base import new_id, new_urn
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.components import service as components
from issuer.components.models import PartKind, ProgrammePart
from issuer.endorsements import service as endorsements
from issuer.endorsements.models import Endorsement
from issuer.issuance import facts, states
from issuer.issuance.models import IssuingBasis
from issuer.issuance.outcomes import OutcomeKind
from issuer.issuance.signing import OnRecord
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKey, OrganisationKind
from issuer.programmes.models import Programme, ProgrammeSkill
from issuer.staff.models import ApiKey
from issuer.status import publishing, service
from issuer.status.models import PublishedList, Purpose
from kit.problems import NotFound
from tests import databases
from tests.issuer.college import ACTOR, NOW, College, new_programme

basis = import_module("issuer.migrations.versions.0012_issuing_basis")
rows_that_stay = import_module("issuer.migrations.versions.0011_rows_that_stay")


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> Iterator[College]:
    college = College.open(tmp_path, learners=8, database_url=database_url)
    yield college
    college.office.database.dispose()


@pytest.fixture
def elsewhere(college: College) -> Iterator[College]:
    """Another process, which has issued and so knows what credentials are made of."""
    replica = college.replica()
    issued(replica)
    yield replica
    replica.office.database.dispose()


def token(college: College) -> str | None:
    with college.office.database.reading() as session:
        return session.exec(select(IssuingBasis.token)).first()


def changes(college: College, act: Executable | SQLModel) -> bool:
    """Carry out a statement, or add a row, in a unit; say whether the token is another one then."""
    before = token(college)
    with college.office.database.unit() as session:
        if isinstance(act, SQLModel):
            session.add(act)
        else:
            session.connection().execute(act)
    return token(college) != before


def issued(college: College) -> dict[str, Any]:
    """Issue the next credential; returns its signed form."""
    outcome = next(one for one in map(college.issue, zip(college.completions)) if one[0].kind is OutcomeKind.ISSUED)
    return college.document(outcome[0])


# --- the token ---


def one_of_each(college: College) -> list[SQLModel]:
    """A new row of each kind, each after those that it refers to."""
    with college.office.database.unit() as session:
        place = service.take_index(
            session, college.organisation.id, purpose=Purpose.REVOCATION, length=service.MIN_LENGTH, now=NOW
        )
    partner = Organisation(
        slug="centrale",
        kind=OrganisationKind.PARTNER,
        did="did:web:centrale.example",
        name_fr="Centrale des métiers",
        name_en="Trades Federation",
        territory="CA-QC",
        created_at=NOW,
    )
    programme = Programme(
        **{**college.programme.model_dump(), "id": new_id(), "slug": "autre", "achievement_id": new_urn()}
    )
    return [
        partner,
        ApiKey(organisation_id=partner.id, name="", prefix="", key_digest="", scopes="", created_at=NOW),
        OrganisationKey(
            organisation_id=partner.id, use=KeyUse.STATUS, fragment="f", multikey="z", signer="none:", created_at=NOW
        ),
        programme,
        ProgrammeSkill(programme_id=programme.id, position=0, name_fr="", name_en="", framework="", code="", url=""),
        ProgrammePart(whole_id=college.programme.id, part_id=programme.id, kind=PartKind.CLASSES, position=0),
        Cohort(**{**college.cohort.model_dump(), "id": new_id(), "programme_id": programme.id}),
        Endorsement(
            endorser_id=partner.id,
            programme_id=programme.id,
            credential_id=new_urn(),
            comment="",
            revocation_list_id=place.list_id,
            revocation_index=place.index,
            planned_by=ACTOR,
            planned_at=NOW,
        ),
        PublishedList(list_id=place.list_id, body=b"", version=0, published_at=NOW, valid_until=NOW),
    ]


def test_every_change_of_every_kind_of_row_makes_the_token_another(college: College) -> None:
    rows = one_of_each(college)
    tables: list[Table] = [type(row).__table__ for row in rows]  # type: ignore[attr-defined] # SQLModel's tables
    assert {table.name for table in tables} == set(basis.TABLES)
    for table, row in zip(tables, rows, strict=True):
        [key] = table.primary_key.columns
        assert changes(college, row), f"a new row of {table}"
        *_, last = table.columns
        touched = update(table).where(key == getattr(row, key.name)).values({last: last})
        assert changes(college, touched), f"a changed row of {table}"
    for table in reversed(tables):
        if table.name not in rows_that_stay.STAYING:
            assert changes(college, delete(table)), f"rows of {table} that are gone"


def test_a_unit_that_is_rolled_back_leaves_the_token(college: College) -> None:
    renaming = update(Programme).values(title_fr="Autre")
    assert changes(college, renaming)
    before = token(college)
    with college.office.database.unit() as session:
        session.connection().execute(renaming)
        session.rollback()
    assert token(college) == before


def test_issuing_leaves_the_token_so_that_who_comes_next_need_not_read(college: College) -> None:
    issued(college)  # the first publishes the lists
    before = token(college)
    for _ in range(2):
        issued(college)
    assert token(college) == before


@pytest.fixture
def on_postgresql(tmp_path: Path, postgresql: databases.Server) -> Iterator[College]:
    with postgresql.database() as url:
        college = College.open(tmp_path, learners=0, database_url=url)
        yield college
        college.office.database.dispose()


COUNTING = """
CREATE TABLE counted (token TEXT);
CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO counted VALUES (NEW.token); RETURN NULL; END $$;
CREATE TRIGGER counting AFTER INSERT OR UPDATE ON issuing_basis FOR EACH ROW EXECUTE FUNCTION count_one();
"""


def test_on_a_server_many_changes_in_a_unit_are_one_of_the_token(on_postgresql: College) -> None:
    database = on_postgresql.office.database
    with database.unit() as session:
        session.execute(text(COUNTING))
    for times in (1, 2):
        with database.unit() as session:
            for name in ("Un", "Deux", "Trois"):
                session.execute(update(Programme).values(title_fr=name))
                session.execute(update(Organisation).values(name_fr=name))
            new_programme(session, on_postgresql.organisation, f"autre-{times}")
        with database.reading() as session:
            assert len(session.execute(text("SELECT token FROM counted")).all()) == times


def test_D_RAC_on_a_server_nobody_waits_for_a_unit_that_has_changed_something_else(on_postgresql: College) -> None:
    """The one row is written when a unit commits: nobody holds it who still wants others."""
    database = on_postgresql.office.database
    with database.unit() as long:
        long.execute(update(Programme).values(title_fr="Autre"))
        with database.unit() as short:
            short.execute(text("SET LOCAL lock_timeout = '1s'"))
            short.execute(update(Organisation).values(name_fr="Autre"))


# --- what is issued ---


def test_what_another_process_changes_in_the_catalogue_is_in_the_next_credential(
    college: College, elsewhere: College
) -> None:
    database, programme_id = college.office.database, college.programme.id
    assert issued(elsewhere)["credentialSubject"]["achievement"]["name"] == college.programme.title_fr

    with database.unit() as session:
        session.get_one(Programme, programme_id).title_fr = "Un autre titre"
    assert issued(elsewhere)["credentialSubject"]["achievement"]["name"] == "Un autre titre"

    with database.unit() as session:
        session.add(
            ProgrammeSkill(
                programme_id=programme_id,
                position=1,
                name_fr="Tenir un registre",
                name_en="Keep a register",
                framework="ESCO v1.2",
                code="",
                url="http://data.europa.eu/esco/skill/none",
            )
        )
    alignment = issued(elsewhere)["credentialSubject"]["achievement"]["alignment"]
    assert [one["targetName"] for one in alignment][1:] == ["Tenir un registre"]

    with database.unit() as session:
        session.execute(delete(ProgrammeSkill).where(ProgrammeSkill.position == 0))  # type: ignore[arg-type] # SQLModel's
    alignment = issued(elsewhere)["credentialSubject"]["achievement"]["alignment"]
    assert [one["targetName"] for one in alignment] == ["Tenir un registre"]

    with database.unit() as session:
        session.get_one(Organisation, college.organisation.id).name_fr = "Cégep renommé"
    assert issued(elsewhere)["issuer"]["name"] == "Cégep renommé"


def test_an_endorsement_and_a_part_that_another_process_adds_are_in_the_next_credential(
    college: College, elsewhere: College
) -> None:
    office = college.office

    def achievement() -> dict[str, Any]:
        found: dict[str, Any] = issued(elsewhere)["credentialSubject"]["achievement"]
        return found

    with office.database.unit() as session:
        partner = organisations.create(
            office,
            session,
            slug="centrale",
            kind=OrganisationKind.PARTNER,
            name_fr="Centrale des métiers",
            name_en="Trades Federation",
            territory="CA-QC",
        )
        part = new_programme(session, college.organisation, "etape")
    said = endorsements.endorse(office, partner, programme_id=college.programme.id, comment="Utile.", actor=ACTOR)
    assert "endorsement" not in achievement()
    with office.database.unit() as session:
        endorsements.answer(office, session, college.organisation, said.id, shown=True, actor=ACTOR)
    assert [one["id"] for one in achievement()["endorsement"]] == [said.credential_id]
    with office.database.unit() as session:
        endorsements.withdraw(office, session, partner, said.id, reason="Révisé", actor=ACTOR)
    assert "endorsement" not in achievement()

    with office.database.unit() as session:
        link = components.add(
            office,
            session,
            college.programme,
            part_id=part.id,
            kind=PartKind.STAGE,
            required=False,
            actor=ACTOR,
        )
    assert [one["id"] for one in achievement()["related"]] == [part.achievement_id]
    with office.database.unit() as session:
        components.remove(office, session, college.programme, link.id, actor=ACTOR)
    assert "related" not in achievement()


def test_K_ROT_1_a_key_that_another_process_made_signs_at_once_and_the_one_before_never_again(
    college: College, elsewhere: College
) -> None:
    def signed_with(place: College) -> str:
        document = issued(place)
        assert college.verify(document).verified
        return str(document["proof"]["verificationMethod"]).partition("#")[2]

    first = signed_with(elsewhere)
    with college.office.database.unit() as session:
        organisation = session.get_one(Organisation, college.organisation.id)
        second = organisations.rotate_key(college.office, session, organisation, KeyUse.CREDENTIAL).fragment
    assert second != first
    assert [signed_with(place) for place in (elsewhere, college, elsewhere)] == [second] * 3


def test_K_CMP_1_a_key_that_another_process_revoked_never_signs_again(college: College, elsewhere: College) -> None:
    issued(college)
    with college.office.database.unit() as session:
        key = organisations.signing_key(session, college.organisation, KeyUse.CREDENTIAL)
        key.revoked_at = college.clock()
    before = len(college.credentials())
    for place in (elsewhere, college):
        with pytest.raises(NotFound, match="no key"):
            place.issue()
    assert len(college.credentials()) == before


def test_a_list_that_another_process_published_is_what_the_next_signature_is_checked_with(
    college: College, elsewhere: College
) -> None:
    def known() -> set[bytes]:
        with elsewhere.office.database.reading() as session:
            now = session.exec(select(IssuingBasis.token)).one()
            return set(OnRecord.read(elsewhere.office, session, college.organisation, now).lists.values())

    before = known()
    [first, *_] = college.credentials()
    with college.office.database.unit() as session:
        states.revoke(college.office, session, first, reason="Erreur", actor=ACTOR)
    published = publishing.publish(college.office, college.organisation.slug, first.revocation_list_id).body
    assert published not in before
    assert known() - before == {published}
    assert len(known()) == len(before) == len(Purpose)


def test_keys_and_lists_are_read_again_after_a_minute_since_lists_end(college: College, elsewhere: College) -> None:
    """With a token that stays: nobody publishes lists that have ended until somebody asks for them."""

    def known() -> int:
        with elsewhere.office.database.reading() as session:
            now = session.exec(select(IssuingBasis.token)).one()
            return len(OnRecord.read(elsewhere.office, session, college.organisation, now).lists)

    assert known() == len(Purpose)
    college.clock.advance(minutes=59, seconds=30)
    assert known() == 0, "they last for less than a minute more"
    assert college.verify(issued(elsewhere)).verified


Waiting = Callable[[Callable[[Session, Completion], object]], object]


@pytest.fixture
def waiting_for(on_postgresql: College) -> Iterator[Waiting]:
    """Has another process issue while a unit that holds the completion does something; raises what that raises."""
    replica = on_postgresql.replica()
    *others, wanted = on_postgresql.enrol(3)
    for one in others:  # the first one publishes the lists, and so does not know yet what the second one keeps
        replica.issue([one])

    def meanwhile(act: Callable[[Session, Completion], object]) -> None:
        with ThreadPoolExecutor() as thread:
            with on_postgresql.office.database.unit() as holding:
                completion = holding.get_one(Completion, wanted, with_for_update=True)
                issuing = thread.submit(replica.issue, [wanted])
                time.sleep(5 * facts.WAITED)
                act(holding, completion)
            issuing.result()

    yield meanwhile
    replica.office.database.dispose()


def test_K_CMP_1_a_key_that_is_revoked_while_a_unit_waits_for_a_row_does_not_sign(
    on_postgresql: College, waiting_for: Waiting
) -> None:
    """What a server reads in the statement that waits, the token too, is from before."""
    college = on_postgresql

    def revoke(*_: object) -> None:
        with college.office.database.unit() as session:
            organisations.signing_key(session, college.organisation, KeyUse.CREDENTIAL).revoked_at = NOW

    before = len(college.credentials())
    with pytest.raises(NotFound, match="no key"):
        waiting_for(revoke)
    assert len(college.credentials()) == before


def test_what_is_corrected_while_a_unit_waits_is_in_the_credential_as_a_whole(
    on_postgresql: College, waiting_for: Waiting
) -> None:
    def correct(session: Session, completion: Completion) -> None:
        completion.result = "91 %"
        session.get_one(Participant, completion.participant_id).given_name = "Aimée"

    waiting_for(correct)
    newest = max(on_postgresql.credentials(), key=lambda one: one.id)
    subject = json.loads(on_postgresql.bodies(newest.id)[0])["credentialSubject"]
    assert subject["result"][0]["value"] == "91"
    assert "Aimée" in str(subject)
