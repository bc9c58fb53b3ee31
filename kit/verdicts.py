"""The findings in the words of the page: six questions, an answer as a sentence, a reason (design language, section 5).

Never an identifier, a format name or a code in an answer: those are in the folded details.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kit.i18n import N_, Writer
from kit.sentences import sentence_of
from vc import findings as found
from vc.findings import Answer, Check, Finding, Headline, PresentationReport, Report, Tone
from vc.policy import Anchors

Translate = Callable[..., str]

KINDS = {Tone.PASS: "ok", Tone.FAIL: "bad", Tone.ATTENTION: "warn", Tone.UNKNOWN: "unk"}

HEADLINES = {
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

ADVICE = {
    Headline.UNREADABLE: N_(
        "We could not read what you gave us as a credential. Ask the person for the original file or a link."
    ),
    Headline.ALTERED: N_(
        "The content or its seal is not what the institution signed. Ask the person for the original; if it stays so, "
        "ask the institution."
    ),
    Headline.REVOKED: N_(
        "The institution took it back. Ask the person whether a corrected version exists, or ask the institution."
    ),
    Headline.WRONG_HOLDER: N_(
        "The proof did not come from the wallet that this credential belongs to. Ask the person to present it again "
        "from their own wallet."
    ),
    Headline.ISSUER_NOT_RECOGNISED: N_(
        "The document is intact, but nobody you trust vouches for who issued it. Contact the institution by a way you "
        "find yourself, not by one given in the document."
    ),
    Headline.NOT_ACCREDITED: N_(
        "The credential is genuine. No authority you trust accredited this training for the day it was completed. "
        "Whether that matters is for you to judge."
    ),
    Headline.SUSPENDED: N_("The institution may restore it. Check again later, or ask the institution."),
    Headline.EXPIRED: N_("It was good, and its time is over. Ask whether it was renewed."),
    Headline.NOT_YET_VALID: N_("Check again once it is in force."),
    Headline.INCOMPLETE: N_(
        "Something could not be checked, so this is neither a yes nor a no. Try again in a few minutes."
    ),
    Headline.VALID_HOLDER_UNCONFIRMED: N_(
        "The credential is good. To be sure that it belongs to the person in front of you, ask them to present it."
    ),
    Headline.VALID: N_("All six checks passed. For hiring, also compare the name with an identity document."),
}

_SEAL_NOT_CHECKED = N_(
    "Nobody you trust vouches for who issued it, and without the issuer’s key we could not check whether the document "
    "is intact. Do not rely on it. Contact the institution by a way you find yourself, not by one given in the "
    "document."
)
"""Said with "Issuer not recognized" where its usual sentence would call intact what was not checked."""

QUESTIONS = {
    "integrity": N_("Is the document intact?"),
    "issuer": N_("Who issued it?"),
    "accreditation": N_("Is the training accredited, and by whom?"),
    "status": N_("Has it been revoked?"),
    "validity": N_("Is it in date today?"),
    "holder": N_("Does it belong to the person presenting it?"),
}

TAGS = {"ok": N_("Passed"), "bad": N_("Failed"), "warn": N_("Attention"), "unk": N_("Not checked")}

_LAPSED = {
    "suspended": N_("No. The accreditation was suspended on the day the training was completed."),
    "withdrawn": N_("No. The accreditation was withdrawn on the day the training was completed."),
    "expired": N_("No. The accreditation was over on the day the training was completed."),
    "not_yet": N_("No. The accreditation began after the training was completed."),
    "chain_broken": N_("No. On that day, the accreditation did not rest on any authority that you trust."),
}
_FOR_ANOTHER = {
    "wrong_programme": N_("No. The accreditation is for another training."),
    "wrong_stream": N_("No. The accreditation is for another stream."),
    "wrong_track": N_("No. The accreditation is for another track."),
    "wrong_territory": N_("No. The accreditation is for another territory."),
    "parent_narrower": N_("No. The accreditation goes beyond what its authority may recognize."),
}
_ENDED = {
    "suspended": N_("The accreditation is suspended today."),
    "withdrawn": N_("The accreditation was withdrawn since."),
    "expired": N_("The accreditation has ended since."),
    "chain_broken": N_("The accreditation no longer rests on an authority that you trust."),
    "not_checked": N_("Whether it still holds today could not be checked."),
}


class CameBy(StrEnum):
    """How a document reached us; it decides what can be said about its holder."""

    LINK = "link"
    FILE = "file"
    TEXT = "text"
    REQUEST = "request"
    API = "api"


_HOLDER_NOT_ASKED = {
    CameBy.LINK: N_("We could not check this: you opened a link."),
    CameBy.FILE: N_("We could not check this: you uploaded a file."),
    CameBy.TEXT: N_("We could not check this: you pasted text."),
    CameBy.REQUEST: N_("We could not check this."),
    CameBy.API: N_("This was not asked for."),
}


@dataclass(frozen=True)
class Said:
    """One check as it is shown."""

    name: str
    kind: str
    tag: str
    question: str
    answer: str
    why: str
    details: Sequence[tuple[str, str]]


class Words:
    """Words one report for one reader."""

    def __init__(self, translate: Translate, writer: Writer, language: str, anchors: Anchors, came_by: CameBy) -> None:
        self._ = self.translate = translate
        self._writer = writer
        self._language = language
        self._anchors = anchors
        self._came_by = came_by
        self._answers = {
            "integrity": self._integrity,
            "accreditation": self._accreditation,
            "status": self._status,
            "validity": self._validity,
            "holder": self._holder,
        }

    def headline(self, headline: Headline) -> str:
        """The verdict in two to five words."""
        return self._(HEADLINES[headline])

    def advice(self, report: Report | PresentationReport) -> str:
        """What the verdict means and what to do next."""
        headline = report.headline
        reports = report.credentials if isinstance(report, PresentationReport) else (report,)
        intact = all(one["integrity"].answer is Answer.PASSED for one in reports)
        return self._(
            _SEAL_NOT_CHECKED if headline is Headline.ISSUER_NOT_RECOGNISED and not intact else ADVICE[headline]
        )

    def checks(self, report: Report) -> list[Said]:
        """The six checks in their order."""
        return [self.check(check, report) for check in report.checks]

    def check(self, check: Check, report: Report) -> Said:
        """One check: its question, its answer as a sentence, the reason, the details."""
        answer, why = self._issuer(check, report) if check.name == "issuer" else self._answers[check.name](check)
        kind = KINDS[check.tone]
        details = [
            (finding.code, sentence_of(finding, self._language, moment=self._writer.datetime))
            for finding in check.findings
        ]
        return Said(check.name, kind, self._(TAGS[kind]), self._(QUESTIONS[check.name]), answer, why, details)

    def ordered(self, said: Sequence[Said]) -> list[Said]:
        """Problems first, else the order of the questions."""
        rank = {"bad": 0, "unk": 1, "warn": 1, "ok": 2}
        return sorted(said, key=lambda one: rank[one.kind])

    # --- the six ---

    def _integrity(self, check: Check) -> tuple[str, str]:
        if check.answer is Answer.PASSED:
            why = ""
            if check.has(found.InlineTermsReported):
                why = self._("It uses words that it defines itself; no public vocabulary says what they mean.")
            elif check.has(found.MisleadingText):
                why = self._("It holds invisible or direction-changing characters: read names letter by letter.")
            return self._("Yes. Nothing has changed since it was issued."), why
        if check.answer is Answer.FAILED:
            if check.has(found.NotSigned):
                return self._("No. The document carries no digital seal."), ""
            if check.has(found.DataWouldBeLost):
                return self._("No. Parts of the document are not covered by its seal."), ""
            if check.has(found.Malformed, found.WordsWithoutMeaning):
                return self._("No. The document is not a well-formed credential."), ""
            return self._("No. The content no longer matches its digital seal: it was altered or badly copied."), ""
        why = ""
        if check.has(found.ContextNotKnown, found.InlineContextNotRead):
            why = self._("It uses a vocabulary that is not known here.")
        return self._("We could not read this document's seal."), why

    def _issuer(self, check: Check, report: Report) -> tuple[str, str]:
        known = _first(check, found.IssuerRecognised)
        if check.answer is Answer.PASSED and isinstance(known, found.IssuerRecognised):
            why = ""
            authority = self._anchors.authority(known.authority) if known.authority else None
            if authority is not None:
                name = authority.name(self._language)
                why = self._("Its identity is vouched for by %(authority)s.", authority=name)
            return self._("%(institution)s, a recognized institution.", institution=known.name), why
        if check.has(found.IssuerNotRecognised):
            return self._("We do not know. The issuer is not in any trust register we use."), ""
        if check.has(found.IssuerDocumentRefused):
            return self._("We cannot tell. What the issuer publishes about its keys is missing or not acceptable."), ""
        if check.answer is Answer.FAILED:
            name = _claimed_issuer(report) or self._("the institution named")
            return (
                self._(
                    "The key used does not belong to %(institution)s, or no longer did on that day.", institution=name
                ),
                "",
            )
        if check.has(found.IssuerNotReached):
            return self._("The issuer's keys could not be obtained. Try again in a few minutes."), ""
        if check.has(found.RegisterSilent):
            return self._("The trust register did not answer. Try again in a few minutes."), ""
        return self._("We could not check this, because an earlier check did not pass."), ""

    def _accreditation(self, check: Check) -> tuple[str, str]:
        yes = [f for f in check.findings if isinstance(f, (found.Accredited, found.AccreditationEnded))]
        if check.answer is Answer.PASSED and yes:
            names = ", ".join(dict.fromkeys(self._authority(finding.authority, finding.name) for finding in yes))
            now = any(isinstance(finding, found.Accredited) for finding in yes)
            day = self._writer.date(yes[0].on)
            if now:
                return (
                    self._("Yes, by %(authority)s.", authority=names),
                    self._("It was on the day the training was completed (%(day)s), and still is today.", day=day),
                )
            ended = next(finding for finding in yes if isinstance(finding, found.AccreditationEnded))
            return (
                self._("Yes, by %(authority)s, on the day the training was completed.", authority=names),
                f"{self._(_ENDED.get(ended.how, _ENDED['expired']))}{self._since(ended.since)}",
            )
        lapsed = _first(check, found.AccreditationNotInForce)
        if isinstance(lapsed, found.AccreditationNotInForce):
            name = self._authority(lapsed.authority, lapsed.name)
            return self._(_LAPSED.get(lapsed.how, _LAPSED["expired"])), self._("Authority: %(name)s.", name=name)
        another = _first(check, found.AccreditationForAnother)
        if isinstance(another, found.AccreditationForAnother):
            name = self._authority(another.authority, another.name)
            return self._(_FOR_ANOTHER[another.how]), self._("Authority: %(name)s.", name=name)
        if check.answer is Answer.FAILED:
            return self._("No accreditation was found for this training."), ""
        if check.has(found.NotReached):
            return self._("We could not check this, because an earlier check did not pass."), ""
        return self._("The register of the accrediting authority did not answer."), ""

    def _status(self, check: Check) -> tuple[str, str]:
        if check.has(found.Revoked):
            return self._("Yes. The institution revoked it."), ""
        if check.has(found.Suspended):
            return self._("It is suspended. The institution may restore it."), ""
        if check.answer is Answer.PASSED:
            return self._("No. The institution has neither revoked nor suspended it."), ""
        if check.has(found.NoStatusList):
            return self._("The issuer publishes no status list."), ""
        if check.has(found.NotReached):
            return self._("We could not check this, because an earlier check did not pass."), ""
        return self._("The status list could not be consulted."), ""

    def _validity(self, check: Check) -> tuple[str, str]:
        for finding in check.findings:
            if isinstance(finding, found.Expired):
                return self._("No. It was valid until %(day)s.", day=self._day(finding.valid_until)), ""
            if isinstance(finding, found.NotYetValid):
                return self._("No. It takes effect on %(day)s.", day=self._day(finding.valid_from)), ""
            if isinstance(finding, found.ProofOutOfTime):
                return self._("No. The time of its digital seal is over or still to come."), ""
            if isinstance(finding, found.InForce):
                if finding.valid_until is not None:
                    return self._("Yes, until %(day)s.", day=self._day(finding.valid_until)), ""
                if finding.valid_from is not None:
                    return self._("Yes. Issued %(day)s, no end date.", day=self._day(finding.valid_from)), ""
        if check.has(found.NotReached):
            return self._("We could not check this, because an earlier check did not pass."), ""
        return self._("The document's dates are missing or unreadable."), ""

    def _holder(self, check: Check) -> tuple[str, str]:
        if check.answer is Answer.PASSED:
            return (
                self._("Yes. The person proved that it is theirs."),
                self._("For hiring, also compare the name with an identity document."),
            )
        if check.answer is Answer.FAILED:
            return self._("No. The proof comes from a wallet other than the holder's."), ""
        if check.has(found.HolderNotNamed):
            return self._("We could not check this: the credential is not bound to a wallet."), ""
        return self._(_HOLDER_NOT_ASKED[self._came_by]), ""

    # --- details ---

    def _authority(self, did: str, name: str) -> str:
        authority = self._anchors.authority(did)
        return authority.name(self._language) if authority else name

    def _day(self, moment: date | datetime) -> str:
        return self._writer.date(moment)

    def _since(self, moment: datetime | None) -> str:
        return " " + self._("Since %(day)s.", day=self._writer.date(moment)) if moment else ""


def _first(check: Check, kind: type[Finding]) -> Finding | None:
    return next((finding for finding in check.findings if isinstance(finding, kind)), None)


def _claimed_issuer(report: Report) -> str:
    """The name of the institution only where the document was proven; else nobody borrows a name."""
    issuer = report.credential.get("issuer") if report.credential else None
    name = issuer.get("name") if isinstance(issuer, dict) else None
    return name if isinstance(name, str) else ""
