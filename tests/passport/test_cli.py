"""The command `passport`, as a person at a terminal meets it: what it prints, and the exit code it leaves."""

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passport.cli import COMMANDS, build_parser, main
from passport.terminal import Terminal
from passport.words import gettext_in
from tests.packs import COLLEGE, COMMITTEE, pack_of
from tests.world import World
from vc import baking
from vc.jose.envelopes import VP_JWT

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent.parent
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Ran:
    """What one run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Passport = Callable[..., Ran]


@pytest.fixture
def passport(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Passport:
    """Runs the command in an empty folder: `passport("keys", "create", "me")`."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, stdin: bytes = b"", language: str = "en", now: datetime = NOW) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(
            stdin=io.BytesIO(stdin),
            out=out,
            err=err,
            environ={},
            clock=lambda: now,
            language=language,
            gettext=gettext_in(language),
            colour=False,
        )
        try:
            code = main(argv, terminal=terminal)
        except SystemExit as exited:  # argparse leaves like this after --help
            code = int(exited.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def issued(passport: Passport) -> Path:
    """A newcomer's first credential, made as the README says."""
    assert passport("keys", "create", "me").code == 0
    ran = passport(*ISSUE, "--learner", "Mira Tremblay", "--output", "mira.json")
    assert ran.code == 0, ran.err
    return Path("mira.json")


ISSUE = (
    *("issue", "--key", "me", "--issuer-name", "Northern College", "--title", "Data analysis 101"),
    *("--criteria", "Passed the final project"),
)


# --- keys ---


def test_a_key_is_made_listed_and_shown_without_its_private_half(passport: Passport, tmp_path: Path) -> None:
    created = passport("keys", "create", "me", "--json")
    assert created.code == 0
    assert created.json["publicKeyMultibase"].startswith("z6Mk")
    assert created.json["did"] == f"did:key:{created.json['publicKeyMultibase']}"
    assert set(created.json["publicKeyJwk"]) == {"kty", "crv", "x"}
    assert passport("keys", "list").out == "me\n"
    assert passport("keys", "show", "me", "--json").json == created.json
    for file in (tmp_path / ".passport").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_second_key_of_the_same_name_is_refused(passport: Passport) -> None:
    passport("keys", "create", "me")
    again = passport("keys", "create", "me")
    assert (again.code, again.out) == (73, "")
    assert "already" in again.err


def test_a_store_that_others_can_read_is_refused(passport: Passport, tmp_path: Path) -> None:
    passport("keys", "create", "me")
    (tmp_path / ".passport" / "keys.json").chmod(0o644)
    ran = passport("keys", "list")
    assert ran.code == 78
    assert "chmod 600" in ran.err


def test_a_store_opens_with_its_passphrase_only(passport: Passport, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["correct horse battery", "correct horse battery", "correct horse battery", "wrong horse battery"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert passport("keys", "create", "me", "--passphrase").code == 0
    assert passport("keys", "list", "--passphrase").out == "me\n"
    assert passport("keys", "list", "--passphrase").code == 78
    without = passport("keys", "list")
    assert without.code == 78
    assert "--passphrase" in without.err


def test_a_passphrase_that_nobody_can_type_is_said_in_a_sentence(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "passport",
            "keys",
            "list",
            "--passphrase",
            "--store",
            str(Path("keys.json").absolute()),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # so that there is no terminal to ask at
    )
    assert ran.returncode == 66
    assert "--secret-file" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_unknown_key_says_how_to_list_them(passport: Passport) -> None:
    ran = passport("keys", "show", "nobody")
    assert ran.code == 78
    assert "passport keys list" in ran.err


# --- did ---


def test_a_did_web_document_is_made_from_keys(passport: Passport) -> None:
    shown = passport("keys", "create", "me", "--json").json
    ran = passport("did", "web", "https://college.example", "--key", "me")
    assert ran.code == 0
    assert ran.json["id"] == "did:web:college.example"
    assert ran.json["verificationMethod"][0]["publicKeyMultibase"] == shown["publicKeyMultibase"]
    assert "https://college.example/.well-known/did.json" in ran.err


@pytest.mark.parametrize("address", ["college.example", "https://college.example/?x", "https://192.0.2.1"])
def test_an_address_that_cannot_be_a_did_is_refused(passport: Passport, address: str) -> None:
    passport("keys", "create", "me")
    assert passport("did", "web", address, "--key", "me").code == 64


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:web:college.example", 2),
        ("did:key:z6MkZZZ", 1),
        ("did:example:x", 1),
        ("not-a-did", 1),
    ],
)
def test_resolving_keeps_bad_and_unreachable_apart(passport: Passport, did: str, code: int) -> None:
    assert passport("did", "resolve", did, "--offline").code == code


def test_a_did_key_resolves_without_network(passport: Passport) -> None:
    passport("keys", "create", "me")
    did = passport("did", "key", "me").out.strip()
    assert passport("did", "resolve", did, "--offline").json == passport("did", "key", "me", "--document").json


# --- issue, verify ---


def test_a_first_credential_is_genuine_and_nobody_vouches_for_its_issuer(passport: Passport, issued: Path) -> None:
    ran = passport("verify", str(issued), "--offline")
    assert ran.code == 0
    assert ran.out.startswith("! Issuer not recognized\n")
    assert "Data analysis 101 · Northern College · did:key:" in ran.out


def test_naming_an_authority_makes_accreditation_count(passport: Passport, issued: Path) -> None:
    ran = passport("verify", str(issued), "--offline", "--anchor", "did:web:authority.example=Scale", "--json")
    assert ran.code == 1
    assert ran.json["verified"] is True
    assert ran.json["verdict"] == "valid_not_recognised"


def test_the_report_in_json_has_the_six_checks(passport: Passport, issued: Path) -> None:
    report = passport("verify", str(issued), "--offline", "--json").json
    assert [check["name"] for check in report["checks"]] == [
        *("integrity", "issuer", "accreditation", "status", "validity", "holder")
    ]
    assert {"code", "answer", "problem", "sentence", "data"} == set(report["checks"][0]["findings"][0])
    assert report["credential"]["credentialSubject"]["achievement"]["name"] == "Data analysis 101"


def test_V_TAM_1_an_altered_credential_is_not_valid(passport: Passport, issued: Path) -> None:
    altered = issued.read_text().replace("Data analysis 101", "Data analysis 102")
    ran = passport("verify", "-", "--offline", stdin=altered.encode())
    assert ran.code == 1
    assert ran.out.startswith("✗ Document altered: do not accept it\n")


UNREADABLE = (b"", b"{", b"null", b"[]", b'{"a": 1, "a": 2}', b"\xff\xfe", b"<svg/>", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("data", UNREADABLE)
def test_V_JSON_2_what_cannot_be_read_is_never_valid(passport: Passport, data: bytes) -> None:
    ran = passport("verify", "-", "--offline", stdin=data)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.out + ran.err


def test_a_baked_badge_is_verified(passport: Passport, issued: Path) -> None:
    Path("badge.png").write_bytes(baking.bake(PNG, issued.read_text()))
    assert passport("verify", "badge.png", "--offline").code == 0


def test_an_issuer_with_its_own_site_is_undecided_until_its_document_is_there(passport: Passport) -> None:
    passport("keys", "create", "me")
    did_document = passport("did", "web", "https://college.example", "--key", "me").out
    Path("did.json").write_text(did_document)
    issue = (*ISSUE, "--issuer", "did:web:college.example", "--learner", "Mira", "--output", "x.json")
    assert passport(*issue).code == 0
    assert passport("verify", "x.json", "--offline").code == 2
    assert passport("verify", "x.json", "--offline", "--document", "did.json").code == 0


def test_a_presentation_may_come_as_a_token(passport: Passport) -> None:
    world = World()
    learner, shown = world.learner(), world.present(world.issue())
    bare = {name: value for name, value in shown.items() if name != "proof"}
    token = VP_JWT.sign(
        bare, signer=learner.key, kid=learner.verification_method, audience="https://employer.example", nonce="c-1"
    ).encode()
    asked = ("verify", "-", "--offline", "--json", "--domain", "https://employer.example", "--challenge")
    answered = passport(*asked, "c-1", stdin=token).json
    assert answered["holder"] == learner.did
    other = passport(*asked, "c-2", stdin=token)
    assert (other.code, other.json["verdict"]) == (1, "not_valid")


def pack_and_documents(world: World) -> tuple[str, ...]:
    """A share pack, and as files the documents that its verifier has from elsewhere."""
    Path("pack.json").write_bytes(pack_of(world, world.issue()))
    for name, url in (("college", COLLEGE), ("committee", COMMITTEE)):
        Path(f"{name}.json").write_bytes(world.net.pages[url]())
    return ("--document", "college.json", "--document", "committee.json")


def test_a_share_pack_is_verified_offline_as_of_its_time_and_no_more(passport: Passport) -> None:
    world = World(now=NOW)
    documents = pack_and_documents(world)
    offline = ("verify", "pack.json", "--offline", "--anchor", world.authority.did)
    ran = passport(*offline, *documents, now=NOW + timedelta(days=9))
    assert ran.code == 0
    assert ran.out.startswith("As of November 22, 2026")
    assert "What happened since is not known." in ran.out
    assert passport(*offline).code == 2, "keys are never taken from a pack"
    old = passport(*offline, *documents, "--pack-age", "5", now=NOW + timedelta(days=9))
    assert old.code == 2
    assert "decides nothing today" in old.out
    report = passport(*offline, *documents, "--json").json
    assert (report["asOf"], report["made"]) == ("2026-11-22T11:55:00Z", "2026-11-22T11:59:55Z")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The accreditation by Committee was in force on"),
        ("fr", "L’accréditation de Comité était en vigueur le"),
    ],
)
def test_a_list_of_authorities_is_trusted_and_each_says_its_word(passport: Passport, language: str, words: str) -> None:
    world = World(now=NOW)
    documents = pack_and_documents(world)
    names = {"en": "Committee", "fr": "Comité"}
    Path("list.json").write_text(json.dumps([{"did": world.authority.did, "names": names, "territory": "CA-QC"}]))
    asked = ("verify", "pack.json", "--offline", "--authorities", "list.json", *documents)
    ran = passport(*asked, language=language)
    assert ran.code == 0, ran.err
    assert ran.out.replace("\u00a0", " ").count(words) == 2, "as of completion, and today"
    [authority] = passport(*asked, "--json").json["credentials"][0]["accreditation"]["authorities"]
    assert (authority["asOfCompletion"]["standing"], authority["today"]["standing"]) == ("recognised", "recognised")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"did": "did:web:a.example"}]'])
def test_what_is_no_list_of_authorities_is_a_mistake_of_use(passport: Passport, issued: Path, text: str) -> None:
    Path("list.json").write_text(text)
    assert passport("verify", str(issued), "--offline", "--authorities", "list.json").code == 64


def test_a_share_pack_that_was_spoilt_is_bad_data(passport: Passport) -> None:
    world = World(now=NOW)
    Path("pack.json").write_bytes(pack_of(world, world.issue()).replace(b'"version": 1', b'"version": 2'))
    assert passport("verify", "pack.json", "--offline").code == 65
    assert passport("verify", "pack.json", "--offline", "--domain", "x").code == 64


def test_a_class_is_issued_from_a_table(passport: Passport) -> None:
    passport("keys", "create", "me")
    table = "Nom;Réussite\nMira Tremblay;2026-06-12\nÉloïse Côté;2026-06-13\n"
    Path("class.csv").write_text(table, encoding="utf-8-sig")
    assert passport(*ISSUE, "--table", "class.csv", "--output", "out").code == 0
    files = sorted(Path("out").iterdir())
    assert [file.name for file in files] == ["0001.json", "0002.json"]
    second = json.loads(files[1].read_text())
    assert second["awardedDate"] == "2026-06-13T00:00:00Z"
    assert second["credentialSubject"]["identifier"][0]["identityHash"] == "Éloïse Côté"
    assert all(passport("verify", str(file), "--offline").code == 0 for file in files)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (";2026-06-12", "line 3"),
        ("Mira;yesterday", "yesterday is not a day"),
        ("Mira;2027-01-01", "still to come"),
    ],
)
def test_one_bad_row_and_nothing_is_written(passport: Passport, row: str, said: str) -> None:
    passport("keys", "create", "me")
    Path("class.csv").write_text(f"learner;completed\nÉloïse Côté;2026-06-13\n{row}\n", encoding="utf-8")
    ran = passport(*ISSUE, "--table", "class.csv", "--output", "out")
    assert ran.code == 65
    assert said in ran.err
    assert not Path("out").exists()


def test_a_draft_of_ones_own_is_signed(passport: Passport, issued: Path) -> None:
    draft = {name: value for name, value in json.loads(issued.read_text()).items() if name not in ("proof", "issuer")}
    Path("draft.json").write_text(json.dumps(draft))
    ran = passport("issue", "draft.json", "--key", "store:me")
    assert ran.code == 0, ran.err
    assert ran.json["issuer"] == passport("did", "key", "me").out.strip()
    assert passport("verify", "-", "--offline", stdin=ran.out.encode()).code == 0


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("proof", {"type": "DataIntegrityProof"}, "already carries a proof"),
        ("shoeSize", "43", "shoeSize"),
        ("issuer", "did:web:somebody.example", "somebody.example"),
        ("credentialSubject", "Mira", "credentialSubject"),
    ],
)
def test_V_LD_1_a_draft_that_breaks_a_rule_is_not_signed(
    passport: Passport, issued: Path, member: str, value: Any, said: str
) -> None:
    draft = {name: value for name, value in json.loads(issued.read_text()).items() if name not in ("proof", "issuer")}
    Path("draft.json").write_text(json.dumps(draft | {member: value}))
    ran = passport("issue", "draft.json", "--key", "me", "--output", "signed.json")
    assert ran.code == 65
    assert said in ran.err
    assert not Path("signed.json").exists()


def test_a_file_that_exists_is_not_overwritten(passport: Passport, issued: Path) -> None:
    before = issued.read_text()
    assert passport(*ISSUE, "--learner", "Mira", "--output", str(issued)).code == 73
    assert issued.read_text() == before


def test_V_XSS_1_text_that_steers_a_terminal_is_shown_as_text(passport: Passport, issued: Path) -> None:
    draft = {name: value for name, value in json.loads(issued.read_text()).items() if name != "proof"}
    draft["name"] = "x"
    draft["issuer"]["name"] = "\u202eegelloC"
    Path("draft.json").write_text(json.dumps(draft))
    signed = passport("issue", "draft.json", "--key", "me")
    shown = passport("verify", "-", "--offline", stdin=signed.out.encode()).out
    assert "\u202e" not in shown
    assert "\\u202eegelloC" in shown


# --- the person at the terminal ---


def test_the_answer_is_in_the_readers_language(passport: Passport, issued: Path) -> None:
    ran = passport("verify", str(issued), "--offline", language="fr")
    assert ran.out.startswith("! Émetteur non reconnu\n")
    assert "Aucune accréditation trouvée pour cette formation." in ran.out


@pytest.mark.parametrize(("language", "word"), [("en", "usage: passport"), ("fr", "utilisation\u00a0: passport")])
def test_the_bare_command_shows_what_there_is(passport: Passport, language: str, word: str) -> None:
    ran = passport(language=language)
    assert ran.code == 64
    assert ran.out.startswith(word)
    assert all(command in ran.out for command in COMMANDS)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(
    passport: Passport, command: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert passport(command, "--help", language=language).code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: " if language == "en" else "utilisation\u00a0: ")


@pytest.mark.parametrize(
    "argv",
    [
        ("fly",),
        ("verify",),
        ("verify", "a", "b"),
        ("verify", "a", "--anchor", "authority.example"),
        ("keys", "create"),
        ("keys", "create", "me", "--type", "rsa"),
        ("issue", "--key", "me", "--title"),
        ("serve", "casino"),
    ],
)
def test_a_usage_error_is_one_sentence_and_never_an_answer(passport: Passport, argv: tuple[str, ...]) -> None:
    for language in ("en", "fr"):
        ran = passport(*argv, language=language)
        assert (ran.code, ran.out) == (64, "")
        assert ran.err.startswith("passport: ")
        assert ran.err.count("\n") == 1


def test_a_file_that_is_not_there_is_no_verdict(passport: Passport) -> None:
    ran = passport("verify", "nowhere.json")
    assert (ran.code, ran.out) == (66, "")


def test_every_command_and_option_is_documented_in_both_languages() -> None:
    pages = [(ROOT / "docs" / language / "command-line.md").read_text("utf-8") for language in ("en", "fr")]
    parser = build_parser(Terminal.real(language="en"))
    commands = next(action for action in parser._actions if action.dest == "command").choices
    for name, command in commands.items():  # type: ignore[union-attr] # a mapping, for subcommands
        for page in pages:
            assert f"## passport {name}\n" in page
            for action in command._actions:
                for option in action.option_strings[:1]:
                    assert option in ("-h", "-o") or option in page, f"{name} {option}"


def test_a_verification_loads_no_web_framework_or_database() -> None:
    probe = "import sys, passport.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"fastapi", "httpx", "sqlalchemy", "uvicorn", "jinja2"} & set(ran.stdout.split())


def test_the_command_runs_as_a_module() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "passport", "verify", "-", "--offline", "--lang", "fr"],
        cwd=ROOT,
        input="{}",
        capture_output=True,
        text=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert ran.returncode == 1, ran.stderr
    assert "Document illisible" in ran.stdout


def test_a_verdict_is_the_same_where_an_encoding_has_no_shapes(issued: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "passport", "verify", str(issued.absolute()), "--offline"],
        cwd=ROOT,
        capture_output=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "latin-1"},
    )
    assert ran.returncode == 0, ran.stderr
    assert b"\\u2713" in ran.stdout


def test_an_answer_that_nobody_reads_is_no_yes(issued: Path) -> None:
    command = [sys.executable, "-m", "passport", "verify", str(issued.absolute()), "--offline"]
    reading, writing = os.pipe()
    with subprocess.Popen(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE) as running:
        os.close(writing)
        os.close(reading)
        assert (running.wait(60), running.stderr and running.stderr.read()) == (141, b"")


@pytest.mark.parametrize(("failure", "code"), [(ZeroDivisionError, 70), (KeyboardInterrupt, 130)])
def test_a_fault_of_ours_and_ctrl_c_are_no_verdict(
    issued: Path, capsys: pytest.CaptureFixture[str], failure: type[BaseException], code: int
) -> None:
    def broken() -> datetime:
        raise failure

    assert main(["verify", str(issued)], terminal=replace(Terminal.real(language="en"), clock=broken)) == code
    assert ("fault of the program" in capsys.readouterr().err) is (code == 70)
