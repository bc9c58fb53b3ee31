"""What a verdict means is said without calling good what was not checked."""

import pytest

from kit.i18n import Writer
from kit.verdicts import CameBy, Words
from tests.vc.test_findings import ALONE, CLEAR, CURRENT, KEY, PROOF, STRANGE, UNACCREDITED
from vc import findings as found
from vc.findings import Finding, Headline, PresentationReport, Report
from vc.policy import Anchors

REFUSED = found.IssuerDocumentRefused("did:web:c.example", "no https")


def english(text: str, **values: object) -> str:
    return text % values if values else text


WORDS = Words(english, Writer("en", "UTC"), "en", Anchors.none(), CameBy.FILE)


@pytest.mark.parametrize(
    ("findings", "intact"),
    [((REFUSED, ALONE), False), ((PROOF, KEY, STRANGE, UNACCREDITED, CLEAR, CURRENT, ALONE), True)],
)
def test_a_stranger_is_called_intact_only_when_the_seal_was_checked(
    findings: tuple[Finding, ...], *, intact: bool
) -> None:
    report = Report(findings)
    for one in (report, PresentationReport((), (report,))):
        assert one.headline is Headline.ISSUER_NOT_RECOGNISED
        told = WORDS.advice(one)
        assert ("The document is intact" in told) is intact
        assert ("could not check whether the document is intact" in told) is not intact
