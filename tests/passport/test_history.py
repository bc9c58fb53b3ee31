"""`passport history check`, `passport did resolve --at`, `passport verify --list`: the past, at a terminal."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keys.dids import did_webvh
from passport.cli import main
from passport.terminal import Terminal
from passport.words import gettext_in
from tests.issuer.history.test_chain import VERSIONS
from tests.keys.dids.test_did_webvh import START, Log
from tests.vc.recognition.test_signed_list import COMMITTEE, Desk
from tests.world import NOW

END = f"4:{VERSIONS[-1].hash}"


def run(*argv: str, language: str = "en") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(
        stdin=io.BytesIO(),
        out=out,
        err=err,
        environ={},
        clock=lambda: NOW,
        language=language,
        gettext=gettext_in(language),
        colour=False,
    )
    return main(argv, terminal=terminal), out.getvalue(), err.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, content: Any) -> str:
    Path(name).write_text(json.dumps(content), encoding="utf-8")
    return name


def index(versions: Any = VERSIONS) -> dict[str, Any]:
    return {"organisation": "did:web:a.example", "versions": [asdict(one) for one in versions]}


@pytest.mark.usefixtures("folder")
def test_a_chain_that_holds_gives_its_end_to_keep() -> None:
    name = save("history.json", index())
    code, out, _ = run("history", "check", name)
    assert (code, out.splitlines()) == (0, ["4 versions, each in its place.", END])
    assert run("history", "check", name, "--since", END)[0] == 0
    assert run("history", "check", name, "--since", f"2:{VERSIONS[1].hash}")[0] == 0


@pytest.mark.usefixtures("folder")
def test_a_past_that_was_rewritten_is_not_valid() -> None:
    name = save("history.json", index([*VERSIONS[:3], replace(VERSIONS[3], digest="0" * 64)]))
    code, _, err = run("history", "check", name, language="fr")
    assert code == 1
    assert "Le passé a été réécrit" in err
    cut_off = save("cut.json", index(VERSIONS[:2]))
    assert run("history", "check", cut_off)[0] == 0
    assert run("history", "check", cut_off, "--since", END)[0] == 1


@pytest.mark.usefixtures("folder")
def test_what_is_no_history_is_said_to_be_none() -> None:
    misshapen: list[Any] = [[], {}, {"versions": [1]}, {"versions": [{}]}]
    for content in misshapen:
        assert run("history", "check", save("other.json", content))[0] == 65
    assert run("history", "check", "https://a.example/o/b/history", "--offline")[0] == 2
    assert run("history", "check", save("history.json", index()), "--since", "4")[0] == 64
    assert run("history", "check", save("history.json", index()), "--documents")[0] == 2


@pytest.mark.usefixtures("folder")
def test_an_identifier_as_it_was() -> None:
    log = Log.of(3)
    Path("did.jsonl").write_bytes(b"".join(log.lines))
    with_log = ("--offline", "--document", "did.jsonl")
    code, out, err = run("did", "resolve", log.did, *with_log)
    assert code == 0, err
    assert json.loads(out) == log.history().newest().state
    then = START + timedelta(days=1)
    code, out, err = run("did", "resolve", log.did, *with_log, "--at", then.isoformat())
    assert code == 0, err
    assert json.loads(out) == log.history().at(then).state
    assert run("did", "resolve", log.did, *with_log, "--at", "yesterday")[0] == 64
    assert did_webvh.log_url(log.did).endswith("/did.jsonl")


@pytest.mark.usefixtures("folder")
def test_a_list_that_somebody_keeps_answers_without_network() -> None:
    desk = Desk()
    parties = [desk.world.organisation(name) for name in (COMMITTEE, "Northern College")]
    lists = [parties[0].list_url(purpose) for purpose in ("revocation", "suspension")]
    fetched = [desk.world.net.fetch(url, accept=("application/vc",), max_bytes=1 << 20).body for url in lists]
    at_hand = [*(desk.world.did_document(party) for party in parties), *map(json.loads, fetched)]
    documents = [save(f"{number}.json", document) for number, document in enumerate(at_hand)]
    credential = save("mira.json", desk.world.issue("Data analysis 102"))
    offline = ("--offline", *(part for name in documents for part in ("--document", name)))
    asked = ("verify", credential, "--json", "--anchor", parties[0].did, *offline)

    def accredited(*more: str) -> str:
        answer = json.loads(run(*asked, *more)[1])
        return str(next(one["answer"] for one in answer["checks"] if one["name"] == "accreditation"))

    assert accredited() == "not_checked"
    assert accredited("--list", save("list.json", desk.list)) == "passed"
    stale = save("stale.json", desk.made(issued=NOW - timedelta(days=30)))
    code, _, err = run(*asked, "--list", stale)
    assert code == 65
    assert "cannot be relied on now" in err
