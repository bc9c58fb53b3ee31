"""Credentials inside a credential that is no learner record: as evidence, or wherever else an issuer puts one.

The seal of the whole says that its issuer put it there, and nothing about who made it. Whoever reads "verified" takes
that for all of it; so each must hold by itself, as the parts of a record must (`vc.clr`), or the whole does not
(threats V-PRF-4, V-TAM-1). Endorsements are opinions and told apart (`vc.endorsement`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vc import clr, endorsement
from vc.credential import entries
from vc.presentation import ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION

_KINDS = frozenset({"VerifiableCredential", "VerifiablePresentation", ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION})
_READ_ELSEWHERE = frozenset({"@context", "proof", *endorsement.MEMBERS})


def enclosed_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What stands in `document` and says that it is a credential or a presentation, the parts of a record aside."""
    return list(_inside(document, parts=clr.CREDENTIAL_TYPE in entries(document.get("type"))))


def _inside(document: Mapping[str, Any], *, parts: bool) -> Iterator[Mapping[str, Any]]:
    for name, value in document.items():
        if name in _READ_ELSEWHERE or isinstance(value, str):
            continue
        if parts and name == "credentialSubject":
            subjects = (subject for subject in entries(value) if isinstance(subject, dict))
            for subject in subjects:
                yield from _found({one: inner for one, inner in subject.items() if one != "verifiableCredential"})
        else:
            yield from _found(value)


def _found(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, str):
                yield from _found(item)
    elif isinstance(value, dict):
        if any(isinstance(kind, str) and kind in _KINDS for kind in entries(value.get("type"))):
            yield value
        else:
            yield from _inside(value, parts=False)
