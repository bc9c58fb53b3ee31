"""`passport db copy`: an embedded database moves to PostgreSQL whole, or not at all."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from issuer.app import build_office
from issuer.audit import service as audit
from issuer.issuance import service as issuance
from issuer.issuance.models import IssuingBasis, SignedDocument
from issuer.issuance.outcomes import OutcomeKind
from issuer.programmes.models import Programme
from kit.database import Database
from passport.cli import main
from passport.terminal import Exit
from tests import databases
from tests.issuer.college import ACTOR, College, settings

Copying = Callable[..., tuple[int, str, str]]


@pytest.fixture
def college(tmp_path: Path) -> College:
    college = College.open(tmp_path / "issuer", learners=3)
    college.issue(college.completions[:2])
    return college


@pytest.fixture
def copied(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Copying:
    """Runs the command and gives its exit code, output and errors."""
    monkeypatch.delenv("PASSPORT_ISSUER_DATABASE_URL", raising=False)

    def run(url: str, folder: Path = tmp_path) -> tuple[int, str, str]:
        code = main(["db", "copy", "issuer", "--to", url, "--data", str(folder), "--lang", "en"])
        return code, *capsys.readouterr()

    return run


def test_everything_arrives_and_the_issuer_goes_on_there(
    college: College, copied: Copying, tmp_path: Path, postgresql: databases.Server
) -> None:
    with college.office.database.reading() as session:
        end = audit.checkpoint(session)
        bodies = set(session.exec(select(SignedDocument.body)))
    with postgresql.database() as url:
        code, out, err = copied(url)
        assert code == Exit.DONE, err
        assert [line.split() for line in out.splitlines() if line.startswith("issued_credential ")] == [
            ["issued_credential", "2"]
        ]

        moved = build_office(settings(tmp_path / "issuer", database_url=url), clock=college.clock)
        with moved.database.reading() as session:
            assert audit.verify_chain(session) == end
            assert set(session.exec(select(SignedDocument.body))) == bodies
        outcomes = issuance.issue(moved, college.completions, organisation_id=college.organisation.id, actor=ACTOR)
        kinds = [one.kind for one in outcomes]
        assert kinds == [OutcomeKind.ALREADY_ISSUED, OutcomeKind.ALREADY_ISSUED, OutcomeKind.ISSUED]
        moved.database.dispose()

        code, _, err = copied(url)
        assert code == Exit.CANNOT_CREATE
        assert "nothing was copied" in err


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_what_credentials_are_made_of_has_its_token_there_too(
    college: College, copied: Copying, tmp_path: Path, request: pytest.FixtureRequest, there: str
) -> None:
    """Where triggers write the token while its own row, and those that it stands for, are being copied."""

    def token() -> str | None:
        with moved.office.database.reading() as session:
            return session.exec(select(IssuingBasis.token)).first()

    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'moved.sqlite3'}"
        if there == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgresql").database())
        code, _, err = copied(url)
        assert code == Exit.DONE, err
        moved = replace(
            college, office=build_office(settings(tmp_path / "issuer", database_url=url), clock=college.clock)
        )
        before = token()
        assert before is not None
        with moved.office.database.unit() as session:
            session.get_one(Programme, college.programme.id).title_fr = "Un autre titre"
        assert token() not in (None, before)
        [outcome] = moved.issue(college.completions[2:])
        assert moved.document(outcome)["credentialSubject"]["achievement"]["name"] == "Un autre titre"
        moved.office.database.dispose()


def test_a_record_of_acts_that_was_edited_is_not_carried_over(
    college: College, copied: Copying, tmp_path: Path, postgresql: databases.Server
) -> None:
    with college.office.database.unit() as session:
        session.connection().execute(text("UPDATE audit_entry SET actor = 'staff:nobody' WHERE sequence = 2"))
    with postgresql.database() as url:
        code, _, err = copied(url)
        assert code == Exit.BAD_DATA
        assert "entry 2" in err
        with Database(url).reading() as session:
            assert audit.checkpoint(session).sequence == 0


def test_nothing_to_copy_and_nowhere_to_copy_to_are_said(college: College, copied: Copying, tmp_path: Path) -> None:
    code, _, err = copied("postgresql://nobody@localhost:1/none", tmp_path / "elsewhere")
    assert (code, "Traceback" in err) == (Exit.NO_INPUT, False)
    code, _, err = copied("postgresql://nobody@localhost:1/none")
    assert (code, "Traceback" in err) == (Exit.SETTINGS, False)


def test_I_DUR_7_a_restored_database_gives_no_place_twice_and_serves_no_older_list(
    college: College, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSPORT_ISSUER_DATABASE_URL", raising=False)
    before = college.credentials()
    path = f"/o/riviere/status/{before[0].revocation_list_id}"
    seen = college.client.get(path).json()["validFrom"]
    assert main(["db", "restored", "--data", str(tmp_path), "--lang", "en"]) == Exit.DONE
    assert "2 status lists are closed" in capsys.readouterr().out
    college.clock.advance(minutes=5)
    assert college.client.get(path).json()["validFrom"] > seen
    college.issue()
    lists = {one.revocation_list_id for one in college.credentials()} - {before[0].revocation_list_id}
    assert len(lists) == 1, "what is issued now has its place in a new list"
    with college.office.database.reading() as session:
        audit.verify_chain(session)
