"""What is asked of a signed form before it counts: the verifier's own code, over our own documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from issuer.self_check.own_documents import OwnDocuments
from vc import strict_json
from vc.errors import VcError
from vc.findings import Answer, CheckName
from vc.policy import Anchors, IssuerAmong, Policy
from vc.proofs import data_integrity
from vc.verify import verify_credential

SUITE = "eddsa-rdfc-2022"
"""With which credentials, and what is signed about them, are signed here: no other passes."""

_DIFFERS = ("the signed form differs from its draft in more than the proof",)


class SignedFormRefused(Exception):
    """What came out of signing is not what may leave the house. `reasons` are English sentences."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def check_like_the_first(
    body: bytes, *, document: Mapping[str, Any], documents: OwnDocuments, issuer: str, now: datetime
) -> None:
    """Hold the signed form of a draft against what its form's first one cannot answer for: that it reads as the draft,
    that the issuer's published key made the proof over every member of it, and that its status bits are clear.

    Raises `SignedFormRefused`.
    """
    try:
        read = strict_json.parse_object(body)
        data_integrity.verify(
            read,
            accepted_suites=frozenset({SUITE}),
            purpose="assertionMethod",
            controller=issuer,
            resolver=documents.resolve,
            now=now,
        )
    except VcError as error:
        raise SignedFormRefused((error.detail,)) from error
    if {name: value for name, value in read.items() if name != "proof"} != document:
        raise SignedFormRefused(_DIFFERS)
    if any(documents.is_set(entry) for entry in document["credentialStatus"]):
        raise SignedFormRefused(("a status bit of its place is set already",))


def check_signed_form(
    body: bytes,
    *,
    document: Mapping[str, Any],
    documents: OwnDocuments,
    issuer: str,
    now: datetime,
    in_force: bool = True,
    held_issuers: frozenset[str] = frozenset(),
) -> None:
    """Hold the signed form against its draft `document` and against the verifier's rules (I-LNT-1).

    `in_force`: whether it must be in date now. `held_issuers`: who may have signed the credentials in it, beside
    `issuer`. Accreditation is not asked for: whom a verifier trusts is the verifier's affair. Raises
    `SignedFormRefused`.
    """
    report = verify_credential(
        body,
        anchors=Anchors.none(),
        policy=Policy(acceptance=IssuerAmong(held_issuers | {issuer}), inline_contexts="refuse"),
        accepted_suites=frozenset({SUITE}),
        fetcher=documents,
        now=now,
    )
    read = dict(report.credential or strict_json.settled(body))
    if {name: value for name, value in read.items() if name != "proof"} != document:
        raise SignedFormRefused(_DIFFERS)
    wrong = [
        one.sentence
        for one in report.findings
        if one.decisive
        and one.answer is not Answer.PASSED
        and (in_force or one.check not in (CheckName.VALIDITY, CheckName.STATUS))
    ]
    if wrong or (in_force and not report.verified):
        raise SignedFormRefused(tuple(wrong) or ("the verifier does not accept it",))
