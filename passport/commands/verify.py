"""`passport verify`: can this credential or presentation be relied on? The engine's answer, for a terminal."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from keys import dids
from kit import matrix
from kit.anchors import NotAList, read_authorities
from kit.i18n import Writer, translations
from kit.verdicts import CameBy, Words
from passport.fetching import add_fetching_arguments, fetcher_for
from passport.sentences import printable, sentence_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext
from vc import baking, securing, share_pack, strict_json, times
from vc.errors import VcError
from vc.findings import Check, Finding, NotReached, PresentationReport, Report, Tone, Verdict
from vc.policy import PUBLIC, Anchors, Authority
from vc.recognition import Held
from vc.recognition.signed_list import read_list
from vc.verify import verify_credential, verify_presentation

SUMMARY = N_("verify a credential or a presentation")

ACCEPTED_SUITES = securing.EVERYTHING_READ

_SHAPES: Mapping[Tone, tuple[str, str]] = {
    Tone.PASS: ("✓", "32"),
    Tone.FAIL: ("✗", "31"),
    Tone.ATTENTION: ("!", "33"),
    Tone.UNKNOWN: ("?", "2"),
}
"""The silhouettes of the design language, as characters, and their colours."""

PACK_AGE = 30
"""Days. A share pack that speaks for an earlier day is told, and decides nothing."""

_DID = re.compile(r"did:[a-z0-9]+:[^\s=]+")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`verify FILE|- [--anchor DID[=NAME]]… [--list FILE]… [--challenge …] [--domain …] [--pack-age DAYS] [--json]`."""
    parser.add_argument(
        "file", metavar="FILE", help=_("credential, presentation or share pack in JSON; - reads standard input")
    )
    parser.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="DID[=NAME]",
        help=_(
            "an authority you trust to accredit trainings; may be given several times. With it, only an accredited "
            "training counts as valid"
        ),
    )
    parser.add_argument(
        "--authorities",
        metavar="LIST",
        help=_("a list of authorities that you trust, as the verifier's page “Whom we trust” gives it (JSON)"),
    )
    parser.add_argument(
        "--list",
        action="append",
        default=[],
        dest="lists",
        metavar="FILE",
        help=_("an authority's signed list of accreditations that you keep; may be given several times"),
    )
    parser.add_argument("--challenge", metavar="TEXT", help=_("the challenge that the presentation must answer"))
    parser.add_argument("--domain", metavar="TEXT", help=_("the audience that the presentation must be made for"))
    parser.add_argument(
        "--pack-age",
        type=_days,
        default=PACK_AGE,
        metavar="DAYS",
        help=_("how old the copies in a share pack may be to decide anything (30)"),
    )
    parser.add_argument("--json", action="store_true", help=_("answer in JSON"))
    add_fetching_arguments(parser, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Verify, say what was found, and answer 0 (valid), 1 (not valid) or 2 (could not be decided)."""
    anchors = _anchors(arguments.anchor, arguments.authorities, terminal)
    data = _unbaked(terminal.read(arguments.file), terminal)
    options: dict[str, Any] = {
        "anchors": anchors,
        "policy": PUBLIC,
        "accepted_suites": ACCEPTED_SUITES,
        "fetcher": fetcher_for(arguments, terminal),
        "now": terminal.clock(),
    }
    if arguments.lists:
        options["held"] = _held(arguments.lists, terminal, options)
    report: Report | PresentationReport
    if share_pack.is_one(data):
        return _run_pack(data, arguments, terminal, anchors, options)
    if _is_presentation(data):
        report = verify_presentation(data, challenge=arguments.challenge, domain=arguments.domain, **options)
    elif arguments.challenge or arguments.domain:
        raise Stop(Exit.USAGE, terminal.gettext("--challenge and --domain are for presentations; this is not one."))
    else:
        report = verify_credential(data, **options)
    if arguments.json:
        terminal.say_json(as_json(report))
    else:
        _Printer(terminal, anchors).print(report)
    return exit_code(report, trusting=bool(anchors.authorities))


def _held(names: Sequence[str], terminal: Terminal, options: Mapping[str, Any]) -> Held:
    """The recognitions in the lists that somebody keeps; a list that is not whole, or is out of date, is refused."""
    recognitions: list[Mapping[str, Any]] = []
    for name in names:
        try:
            listed = read_list(
                terminal.read(name),
                resolver=partial(dids.resolve, fetcher=options["fetcher"], now=options["now"]),
                accepted_suites=ACCEPTED_SUITES,
                now=options["now"],
            )
        except VcError as error:
            sentence = terminal.gettext("{file} is not the list of an authority, or cannot be relied on now: {reason}.")
            raise Stop(Exit.BAD_DATA, sentence.format(file=name, reason=error.detail)) from error
        recognitions.extend(listed.recognitions)
    return Held(recognitions)


def _run_pack(
    data: bytes, arguments: argparse.Namespace, terminal: Terminal, anchors: Anchors, options: dict[str, Any]
) -> Exit:
    """A share pack: of today where something may be asked, else as of its own time, and no more than that."""
    if arguments.challenge or arguments.domain:
        raise Stop(Exit.USAGE, terminal.gettext("--challenge and --domain are not for share packs."))
    if arguments.lists:
        raise Stop(Exit.USAGE, terminal.gettext("--list is not for share packs: they bring their own."))
    try:
        pack = share_pack.read(data)
    except share_pack.NotASharePack as refused:
        sentence = terminal.gettext("the share pack cannot be read: {reason}.")
        raise Stop(Exit.BAD_DATA, sentence.format(reason=refused.reason)) from refused
    if arguments.offline:
        answer = share_pack.verify(pack, keys=options.pop("fetcher"), **options)
    else:
        answer = share_pack.verify_online(pack, **options)
    too_old = answer.as_of is not None and options["now"] - answer.as_of > timedelta(days=arguments.pack_age)
    if arguments.json:
        as_of = times.stamp(answer.as_of) if answer.as_of else None
        terminal.say_json({**as_json(answer.report), "asOf": as_of, "made": times.stamp(answer.made)})
    else:
        if answer.as_of is not None:
            sentence = terminal.gettext(
                "As of {when}, from the copies in the share pack. What happened since is not known."
            )
            terminal.say(sentence.format(when=Writer(terminal.language, timezone="UTC").datetime(answer.as_of)))
        if too_old:
            terminal.say(terminal.gettext("That is longer ago than --pack-age allows, so it decides nothing today."))
        _Printer(terminal, anchors).print(answer.report)
    code = exit_code(answer.report, trusting=bool(anchors.authorities))
    return Exit.UNDECIDED if too_old and code is Exit.DONE else code


def exit_code(report: Report | PresentationReport, *, trusting: bool) -> Exit:
    """The verdict as an exit code.

    Valid, and of an issuer that nobody here vouches for: a yes to whoever named no authority (`trusting` false),
    a no to whoever did.
    """
    match report.verdict:
        case Verdict.VALID:
            return Exit.DONE
        case Verdict.VALID_NOT_RECOGNISED:
            return Exit.NOT_VALID if trusting else Exit.DONE
        case Verdict.NOT_VALID:
            return Exit.NOT_VALID
        case Verdict.UNDECIDED:
            return Exit.UNDECIDED


def as_json(report: Report | PresentationReport) -> dict[str, Any]:
    """The report as JSON: `verified`, `verdict`, `headline`, the checks, and each credential's own report."""
    answer: dict[str, Any] = {
        "verified": report.verified,
        "verdict": report.verdict.value,
        "headline": report.headline.code,
        "problems": list(report.problems),
        "checks": [
            {
                "name": check.name,
                "answer": check.answer.value,
                "findings": [_finding_as_json(finding) for finding in check.findings],
            }
            for check in report.checks
        ],
    }
    if isinstance(report, PresentationReport):
        answer["holder"] = report.holder
        answer["credentials"] = [as_json(credential) for credential in report.credentials]
    else:
        answer["credential"] = report.credential
        answer["accreditation"] = matrix.as_json(report)
    return answer


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "answer": finding.answer.value,
        "problem": finding.problem,
        "sentence": finding.sentence,
        "data": finding.data,
    }


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= 36_500:
        raise ValueError(text)
    return days


def _anchors(named: list[str], list_file: str | None, terminal: Terminal) -> Anchors:
    authorities = list(_listed(list_file, terminal)) if list_file else []
    for text in named:
        did, _, name = text.partition("=")
        if not _DID.fullmatch(did):
            sentence = terminal.gettext("{text} is not a DID, such as did:web:authority.example")
            raise Stop(Exit.USAGE, sentence.format(text=did))
        authorities.append(Authority(did, names={terminal.language: name} if name else {}, territory=""))
    return Anchors.of(*authorities)


def _listed(file: str, terminal: Terminal) -> Iterator[Authority]:
    try:
        yield from (one.authority for one in read_authorities(terminal.read(file)))
    except NotAList as error:
        sentence = terminal.gettext("{file} is not a list of authorities.")
        raise Stop(Exit.USAGE, sentence.format(file=file)) from error


def _unbaked(data: bytes, terminal: Terminal) -> bytes:
    """What is inside, where `data` is a badge baked into a PNG or SVG image; else `data`."""
    if not data.startswith(baking.PNG_SIGNATURE) and not data.lstrip().startswith(b"<"):
        return data
    try:
        return baking.unbake(data).encode()
    except baking.NotBaked as error:
        sentence = terminal.gettext("no credential can be read from this image: {reason}.")
        raise Stop(Exit.UNDECIDED, sentence.format(reason=error)) from error


def _is_presentation(data: bytes) -> bool:
    """Whether it says that it is a presentation, a token included; what cannot be read is the engine's to refuse."""
    try:
        document = securing.read(data).document if _is_token(data) else strict_json.parse(data)
    except VcError:
        return False
    types = document.get("type") if isinstance(document, dict) else None
    stated = types if isinstance(types, list) else [types]
    return any(isinstance(one, str) and "Presentation" in one for one in stated)


def _is_token(data: bytes) -> bool:
    return not data.lstrip().startswith((b"{", b"["))


class _Printer:
    """A report as lines, in the words of the verifier's pages: shape, word and colour say the same thing."""

    def __init__(self, terminal: Terminal, anchors: Anchors) -> None:
        texts = translations("verifier", terminal.language)

        def translate(text: str, **values: object) -> str:
            return texts.gettext(text) % values if values else texts.gettext(text)

        writer = Writer(terminal.language, timezone="UTC")
        self._terminal = terminal
        self._writer = writer
        self._words = Words(translate, writer, terminal.language, anchors, CameBy.FILE)

    def print(self, report: Report | PresentationReport) -> None:
        self._headline(report)
        if isinstance(report, Report):
            if report.credential is not None:
                self._terminal.say(_what_it_is(report.credential))
            self._checks(report.checks, report)
            return
        self._checks(report.checks, Report(report.findings))
        for credential in report.credentials:
            self._terminal.say()
            self.print(credential)

    def _headline(self, report: Report | PresentationReport) -> None:
        tone = report.headline.tone
        words = self._words.headline(report.headline)
        self._terminal.say(self._coloured(f"{_SHAPES[tone][0]} {words}", tone, bold=True))
        self._terminal.say(self._words.advice(report))

    def _checks(self, checks: Sequence[Check], report: Report) -> None:
        for check in checks:
            said = self._words.check(check, report)
            self._terminal.say()
            shape = self._coloured(f"{_SHAPES[check.tone][0]} {said.tag}", check.tone)
            self._terminal.say(f"{shape}  {said.question}")
            for sentence in (said.answer, said.why):
                if sentence:
                    self._terminal.say(f"    {printable(sentence)}")
            for detail in self._details(check, apart_from=said.answer):
                self._terminal.say(f"    · {detail}")
            if check.name == "accreditation":
                self._matrix(report)

    def _matrix(self, report: Report) -> None:
        """Each trusted authority that has to do with it: on the day of completion, and today."""
        translate, language = self._words.translate, self._terminal.language
        found = matrix.matrix_of(report, translate=translate, writer=self._writer, language=language)
        for row in found.rows if found else ():
            self._terminal.say(f"    {printable(row.authority)}")
            for cell in (row.then, row.today):
                self._terminal.say(f"      {cell.tag}: {printable(cell.sentence)}")

    def _details(self, check: Check, *, apart_from: str) -> list[str]:
        """What the answer rests on, where it is not a plain yes and says more than the answer."""
        if check.tone is Tone.PASS or check.has(NotReached):
            return []
        sentences = [sentence_of(finding, self._terminal.language) for finding in check.findings]
        return [sentence for sentence in sentences if sentence not in apart_from]

    def _coloured(self, text: str, tone: Tone, *, bold: bool = False) -> str:
        if not self._terminal.colour:
            return text
        return f"\x1b[{'1;' if bold else ''}{_SHAPES[tone][1]}m{text}\x1b[0m"


def _what_it_is(credential: Mapping[str, Any]) -> str:
    """The verified credential in one line: title, issuer's own name for itself, its identifier."""
    subject = credential.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) else subject
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    issuer = credential["issuer"]
    parts = [
        _text(achievement.get("name") if isinstance(achievement, Mapping) else credential.get("name")),
        _text(issuer.get("name")) if isinstance(issuer, Mapping) else "",
        issuer["id"] if isinstance(issuer, Mapping) else issuer,
    ]
    return printable(" · ".join(part for part in parts if part))


def _text(value: Any) -> str:
    """A text of the data model: plain, with a language, or a list of those (the first one speaks)."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("@value", "")
    return value if isinstance(value, str) else ""
