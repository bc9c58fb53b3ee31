"""`passport issue`: credentials from one's own data, signed with one's own key, without any server.

Prepare, then sign: every draft of a class is checked before the first is signed, and each signed credential passes
the verifier's own check before it is handed over.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from keys import PublicKey, Signer
from keys.dids import DidError, PublishedKey, did_key, did_web
from keys.fetching import NoNetwork
from keys.store import KeyStore
from passport.fetching import GivenDocuments
from passport.key_store import add_store_arguments, open_store, public_key_of, signer_at
from passport.sentences import sentence_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import LANGUAGES, N_, Gettext
from vc.achievement import CONTEXTS, Achievement, open_badge
from vc.errors import ParsingError
from vc.findings import Answer, Finding
from vc.lint import blocking, lint
from vc.policy import PUBLIC, Anchors
from vc.proofs import DEFAULT_SUITE, data_integrity
from vc.strict_json import parse_object
from vc.verify import verify_credential

SUMMARY = N_("issue credentials from your own data")

COLUMNS: Mapping[str, str] = {
    "learner": "learner",
    "personne apprenante": "learner",
    "nom": "learner",
    "learner_id": "learner_id",
    "identifiant": "learner_id",
    "completed": "completed",
    "réussite": "completed",
}
"""Headings of a class in CSV, and what they mean here."""


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`issue DRAFT --key NAME`, or `issue --title … --learner …|--table … --key NAME`."""
    parser.add_argument(
        "draft", nargs="?", metavar="DRAFT", help=_("a credential of your own in JSON, without issuer and proof")
    )
    parser.add_argument("--key", required=True, metavar="NAME", help=_("the key that signs; see passport keys"))
    parser.add_argument(
        "--issuer", metavar="DID", help=_("your did:web, if it publishes the key; otherwise the did:key of the key")
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PATH", help=_("file to write, or folder with --table; else the screen")
    )
    programme = parser.add_argument_group(_("the training"))
    programme.add_argument("--issuer-name", metavar="TEXT", help=_("your organisation's name"))
    programme.add_argument("--title", metavar="TEXT", help=_("title of the training"))
    programme.add_argument("--description", metavar="TEXT", help=_("what it teaches; the title unless said"))
    programme.add_argument("--criteria", metavar="TEXT", help=_("what had to be done to complete it"))
    programme.add_argument(
        "--language", choices=LANGUAGES, help=_("language of these texts; that of --lang unless said")
    )
    programme.add_argument(
        "--programme",
        metavar="URI",
        help=_("lasting identifier of the training; made from issuer and title unless said"),
    )
    learners = parser.add_argument_group(_("who completed it"))
    learners.add_argument("--learner", metavar="NAME", help=_("the learner's name, as on an identity document"))
    learners.add_argument(
        "--learner-id",
        metavar="DID",
        help=_("the identifier that the learner's wallet gave; a key's name for a trial"),
    )
    learners.add_argument(
        "--completed", metavar="DATE", help=_("day of completion as YEAR-MONTH-DAY; today unless said")
    )
    learners.add_argument(
        "--table",
        metavar="FILE",
        help=_("a whole class in CSV, with the columns learner and, if you like, learner_id and completed"),
    )
    add_store_arguments(parser, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Prepare every credential, then sign them all; nothing is signed while anything is wrong."""
    store = open_store(arguments, terminal)
    issuer = _Issuer.of(signer_at(store, arguments.key, terminal), arguments.issuer, terminal)
    now = terminal.clock().replace(microsecond=0)
    if arguments.draft:
        contexts, drafts = None, [_own_draft(arguments.draft, issuer, terminal)]
    else:
        achievement = _achievement(arguments, issuer, terminal)
        completions = _completions(arguments, store, now, terminal)
        contexts = CONTEXTS
        drafts = [_badge(one, achievement, issuer, arguments.issuer_name, now) for one in completions]
    for number, draft in enumerate(drafts, 1):
        findings = lint(draft, issuer=issuer.did, required_status=frozenset(), contexts=contexts)
        _refuse(blocking(findings), number, terminal)
    signed = [issuer.sign(draft, now) for draft in drafts]
    for number, credential in enumerate(signed, 1):
        _refuse(issuer.verifier_refuses(credential, now), number, terminal)
    _hand_over(signed, arguments, terminal)
    return Exit.DONE


@dataclass(frozen=True)
class _Issuer:
    """Who signs, under which identifier; `documents` are what the world will find for it, by address."""

    did: str
    signer: Signer
    verification_method: str
    documents: Mapping[str, bytes]

    @classmethod
    def of(cls, signer: Signer, did: str | None, terminal: Terminal) -> _Issuer:
        """The did:key of the signer's key or, where `did` is given, that did:web. Raises `Stop`."""
        if did is None:
            own, method = did_key.did_for(signer.public_key), did_key.verification_method_for(signer.public_key)
            return cls(own, signer, method, {})
        published = PublishedKey(signer.public_key)
        try:
            document = json.dumps(did_web.document(did, methods=[published])).encode()
            return cls(did, signer, published.id_under(did), {did_web.document_url(did): document})
        except DidError as error:
            sentence = terminal.gettext("{did} cannot be the issuer: {reason}.")
            raise Stop(Exit.USAGE, sentence.format(did=did, reason=error.reason)) from error

    def sign(self, draft: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        return data_integrity.sign(
            draft,
            signer=self.signer,
            verification_method=self.verification_method,
            suite=DEFAULT_SUITE,
            created=now,
        )

    def verifier_refuses(self, credential: Mapping[str, Any], now: datetime) -> tuple[Finding, ...]:
        """What a verifier would hold against it, once the issuer's document is published."""
        report = verify_credential(
            credential,
            anchors=Anchors.none(),
            policy=PUBLIC,
            accepted_suites=frozenset({DEFAULT_SUITE}),
            fetcher=GivenDocuments(self.documents, NoNetwork()),
            now=now,
        )
        return tuple(finding for finding in report.findings if finding.decisive and finding.answer is not Answer.PASSED)


@dataclass(frozen=True)
class _Completion:
    """Who completed the training, and when. `subject` is the learner's DID, or an identifier of nobody's wallet."""

    subject: str
    name: str
    completed: datetime


def _achievement(arguments: argparse.Namespace, issuer: _Issuer, terminal: Terminal) -> Achievement:
    wanted = ("issuer_name", "title", "criteria")
    missing = [f"--{name.replace('_', '-')}" for name in wanted if not getattr(arguments, name)]
    if missing:
        sentence = terminal.gettext("a training also needs {options}; or give a DRAFT of your own.")
        raise Stop(Exit.USAGE, sentence.format(options=", ".join(missing)))
    lasting = uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer.did}#{arguments.title}")
    return Achievement(
        id=arguments.programme or f"urn:uuid:{lasting}",
        name=arguments.title,
        description=arguments.description or arguments.title,
        criteria=arguments.criteria,
        language=arguments.language or terminal.language,
    )


def _badge(
    completion: _Completion, achievement: Achievement, issuer: _Issuer, issuer_name: str, now: datetime
) -> dict[str, Any]:
    draft = open_badge(
        credential_id=f"urn:uuid:{uuid.uuid4()}",
        issuer=issuer.did,
        issuer_name=issuer_name,
        subject=completion.subject,
        achievement=achievement,
        names={achievement.language: achievement.name},
        completed=completion.completed,
        valid_from=now,
    )
    identity = {"type": "IdentityObject", "hashed": False, "identityHash": completion.name, "identityType": "name"}
    draft["credentialSubject"]["identifier"] = [identity]
    return draft


def _completions(
    arguments: argparse.Namespace, store: KeyStore, now: datetime, terminal: Terminal
) -> Iterator[_Completion]:
    """The one learner of the arguments, or every row of the table. Raises `Stop` for the first that cannot be used."""
    if arguments.table:
        rows = _rows(arguments.table, terminal)
    elif arguments.learner:
        rows = [{"learner": arguments.learner, "learner_id": arguments.learner_id or ""}]
    else:
        raise Stop(Exit.USAGE, terminal.gettext("who completed it? Give --learner NAME or --table FILE."))
    for row in rows:
        yield _Completion(
            subject=_subject(row.get("learner_id", ""), store, terminal),
            name=row["learner"],
            completed=_day(row.get("completed") or arguments.completed, now, terminal),
        )


def _rows(name: str, terminal: Terminal) -> Sequence[Mapping[str, str]]:
    """The rows of a CSV file with the headings of `COLUMNS`; comma, semicolon or tab between them."""
    _ = terminal.gettext
    try:
        text = terminal.read(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Stop(Exit.BAD_DATA, _("{file} is not in UTF-8; save it as “CSV UTF-8”.").format(file=name)) from error
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    rows = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text), delimiter=delimiter), 2):
        known = {COLUMNS.get(key.strip().lower(), ""): (value or "").strip() for key, value in row.items() if key}
        if not known.get("learner"):
            sentence = _("{file}, line {line}: the column learner is missing or empty.")
            raise Stop(Exit.BAD_DATA, sentence.format(file=name, line=number))
        rows.append(known)
    if not rows:
        raise Stop(Exit.BAD_DATA, _("{file} has no rows below its headings.").format(file=name))
    return rows


def _subject(text: str, store: KeyStore, terminal: Terminal) -> str:
    """The learner's identifier: a DID as given, the did:key of a key in the store, or one that no wallet holds."""
    if not text:
        return f"urn:uuid:{uuid.uuid4()}"
    if text.startswith("did:"):
        return text
    public_key: PublicKey = public_key_of(store, text, terminal)
    return did_key.did_for(public_key)


def _day(text: str | None, now: datetime, terminal: Terminal) -> datetime:
    """The start of that day in UTC; `now` where nothing is said. Raises `Stop`, also for a day to come."""
    if not text:
        return now
    try:
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        sentence = terminal.gettext("{text} is not a day written as YEAR-MONTH-DAY, such as 2026-06-12.")
        raise Stop(Exit.BAD_DATA, sentence.format(text=text)) from error
    if day > now:
        sentence = terminal.gettext("{text} is still to come; a credential is for a completed training.")
        raise Stop(Exit.BAD_DATA, sentence.format(text=text))
    return day


def _own_draft(name: str, issuer: _Issuer, terminal: Terminal) -> dict[str, Any]:
    """The draft in the file `name`, with the issuer's identifier filled in where it has none."""
    try:
        draft = parse_object(terminal.read(name))
    except ParsingError as error:
        sentence = terminal.gettext("{file} is not JSON that can be signed: {reason}.")
        raise Stop(Exit.BAD_DATA, sentence.format(file=name, reason=error.detail)) from error
    stated = draft.get("issuer")
    if stated is None:
        draft["issuer"] = issuer.did
    elif isinstance(stated, dict) and "id" not in stated:
        draft["issuer"] = {"id": issuer.did, **stated}
    return draft


def _refuse(findings: Sequence[Finding], number: int, terminal: Terminal) -> None:
    if findings:
        lines = "\n".join(f"  - {sentence_of(finding, terminal.language)}" for finding in findings)
        sentence = terminal.gettext("credential {number} cannot be issued; nothing was signed or written:")
        raise Stop(Exit.BAD_DATA, f"{sentence.format(number=number)}\n{lines}")


def _hand_over(signed: Sequence[Mapping[str, Any]], arguments: argparse.Namespace, terminal: Terminal) -> None:
    """To the screen, to one file, or each to a file of its own in a folder."""
    output: Path | None = arguments.output
    if output is None:
        terminal.say_json(signed[0] if len(signed) == 1 and not arguments.table else list(signed))
        return
    for number, credential in enumerate(signed, 1):
        path = output / f"{number:04}.json" if arguments.table else output
        terminal.write(path, json.dumps(credential, ensure_ascii=False, indent=2) + "\n")
    sentence = terminal.gettext("Credentials written to {path}: {count}. Verify one: passport verify FILE")
    terminal.warn(sentence.format(path=output, count=len(signed)))
