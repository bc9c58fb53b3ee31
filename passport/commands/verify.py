"""`passport verify`: can this credential or presentation be relied on? The engine's answer, for a terminal."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any

from passport.fetching import add_fetching_arguments, fetcher_for
from passport.sentences import printable, sentence_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext
from vc import baking, strict_json
from vc.errors import ParsingError
from vc.findings import Check, Finding, Headline, PresentationReport, Report, Tone, Verdict
from vc.policy import PUBLIC, Anchors, Authority
from vc.proofs import SUITES
from vc.verify import verify_credential, verify_presentation

SUMMARY = N_("verify a credential or a presentation")

ACCEPTED_SUITES = frozenset(SUITES)

HEADLINES: Mapping[Headline, str] = {
    Headline.UNREADABLE: N_("Document cannot be read"),
    Headline.ALTERED: N_("Document altered: do not accept it"),
    Headline.REVOKED: N_("Credential revoked"),
    Headline.WRONG_HOLDER: N_("Presented by someone else"),
    Headline.ISSUER_NOT_RECOGNISED: N_("Issuer not recognized"),
    Headline.NOT_ACCREDITED: N_("Training not accredited"),
    Headline.SUSPENDED: N_("Credential suspended"),
    Headline.EXPIRED: N_("Credential expired"),
    Headline.NOT_YET_VALID: N_("Credential not yet in force"),
    Headline.INCOMPLETE: N_("Verification incomplete"),
    Headline.VALID_HOLDER_UNCONFIRMED: N_("Valid credential, holder to be confirmed"),
    Headline.VALID: N_("Valid credential"),
}

QUESTIONS: Mapping[str, str] = {
    "integrity": N_("Is the document intact?"),
    "issuer": N_("Who issued it?"),
    "accreditation": N_("Is the training accredited, and by whom?"),
    "status": N_("Has it been revoked?"),
    "validity": N_("Is it in date today?"),
    "holder": N_("Does it belong to the person presenting it?"),
}

_TONES: Mapping[Tone, tuple[str, str, str]] = {
    Tone.PASS: ("✓", N_("passed"), "32"),
    Tone.FAIL: ("✗", N_("failed"), "31"),
    Tone.ATTENTION: ("!", N_("attention"), "33"),
    Tone.UNKNOWN: ("?", N_("not checked"), "2"),
}

_DID = re.compile(r"did:[a-z0-9]+:[^\s=]+")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`verify FILE|- [--anchor DID[=NAME]]… [--challenge …] [--domain …] [--json]`."""
    parser.add_argument("file", metavar="FILE", help=_("credential or presentation in JSON; - reads standard input"))
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
    parser.add_argument("--challenge", metavar="TEXT", help=_("the challenge that the presentation must answer"))
    parser.add_argument("--domain", metavar="TEXT", help=_("the audience that the presentation must be made for"))
    parser.add_argument("--json", action="store_true", help=_("answer in JSON"))
    add_fetching_arguments(parser, _)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Verify, say what was found, and answer 0 (valid), 1 (not valid) or 2 (could not be decided)."""
    anchors = _anchors(arguments.anchor, terminal)
    data = _unbaked(terminal.read(arguments.file), terminal)
    options: dict[str, Any] = {
        "anchors": anchors,
        "policy": PUBLIC,
        "accepted_suites": ACCEPTED_SUITES,
        "fetcher": fetcher_for(arguments, terminal),
        "now": terminal.clock(),
    }
    report: Report | PresentationReport
    if _is_presentation(data):
        report = verify_presentation(data, challenge=arguments.challenge, domain=arguments.domain, **options)
    elif arguments.challenge or arguments.domain:
        raise Stop(
            Exit.USAGE, terminal.gettext("--challenge and --domain are for presentations; this is not one.")
        )
    else:
        report = verify_credential(data, **options)
    if arguments.json:
        terminal.say_json(as_json(report))
    else:
        _Printer(terminal).print(report)
    return exit_code(report, trusting=bool(arguments.anchor))


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
    return answer


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "answer": finding.answer.value,
        "problem": finding.problem,
        "sentence": finding.sentence,
        "data": finding.data,
    }


def _anchors(named: list[str], terminal: Terminal) -> Anchors:
    authorities = []
    for text in named:
        did, _, name = text.partition("=")
        if not _DID.fullmatch(did):
            sentence = terminal.gettext("{text} is not a DID, such as did:web:authority.example")
            raise Stop(Exit.USAGE, sentence.format(text=did))
        authorities.append(Authority(did, names={terminal.language: name} if name else {}, territory=""))
    return Anchors.of(*authorities)


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
    """Whether the text says that it is a presentation; what cannot be read is left to the engine to refuse."""
    try:
        document = strict_json.parse(data)
    except ParsingError:
        return False
    types = document.get("type") if isinstance(document, dict) else None
    stated = types if isinstance(types, list) else [types]
    return any(isinstance(one, str) and "Presentation" in one for one in stated)


class _Printer:
    """A report as lines: shape, word and colour say the same thing, so that none of them is needed alone."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.gettext = terminal.gettext

    def print(self, report: Report | PresentationReport) -> None:
        if isinstance(report, Report):
            self._credential(report)
            return
        self._headline(report)
        for check in report.checks:
            self._check(check)
        for credential in report.credentials:
            self._terminal.say()
            self._credential(credential)

    def _credential(self, report: Report) -> None:
        self._headline(report)
        if report.credential is not None:
            self._terminal.say(_what_it_is(report.credential))
        for check in report.checks:
            self._check(check)

    def _headline(self, report: Report | PresentationReport) -> None:
        _ = self.gettext
        tone = report.headline.tone
        self._terminal.say(self._coloured(f"{_TONES[tone][0]} {_(HEADLINES[report.headline])}", tone, bold=True))

    def _check(self, check: Check) -> None:
        _ = self.gettext
        shape, word, _code = _TONES[check.tone]
        self._terminal.say()
        self._terminal.say(f"{self._coloured(f'{shape} {_(word)}', check.tone)}  {_(QUESTIONS[check.name])}")
        for finding in check.findings:
            self._terminal.say(f"    {sentence_of(finding, _)}")

    def _coloured(self, text: str, tone: Tone, *, bold: bool = False) -> str:
        if not self._terminal.colour:
            return text
        return f"\x1b[{'1;' if bold else ''}{_TONES[tone][2]}m{text}\x1b[0m"


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
