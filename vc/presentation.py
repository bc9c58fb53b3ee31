"""The shape of a verifiable presentation (VCDM 2.0, section 4.13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import contexts
from contexts import Profile
from vc.credential import base_vocabulary, entries, type_names
from vc.errors import LimitExceeded, MalformedValueError
from vc.limits import DEFAULT, Limits
from vc.vocabulary import InlineContexts, check_keywords, is_url, refuse_own_prefixes

ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
WITH_RECOGNITIONS = "application/vnd.skills-passport.vp+json"
"""Media type of a presentation with recognitions beside its credentials. Whoever asks for it by name reads them; other
verifiers may not know the words of a recognition, and get the same presentation without."""
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"


@dataclass(frozen=True)
class Presentation:
    """A presentation of good shape. `credentials` are as they came: their shape is not checked yet."""

    document: Mapping[str, Any]
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[Mapping[str, Any], ...]
    inline_terms: tuple[str, ...]


def check(
    document: Mapping[str, Any],
    *,
    inline_contexts: InlineContexts = "report",
    profile: Profile = Profile.STANDARD,
    limits: Limits = DEFAULT,
) -> Presentation:
    """Check the shape of `document`. Raises `MalformedValueError`, `UnknownContextError`, `LimitExceeded`.

    Credentials by address and presentations inside presentations are refused; enveloped credentials must have
    the one form the data model gives them and no member beside it (threat V-ENV-1).
    """
    vocabulary = base_vocabulary(document.get("@context"), inline_contexts, profile, limits)
    refuse_own_prefixes(document, vocabulary)
    check_keywords(
        document,
        check_embedded=lambda value, path: base_vocabulary(value, inline_contexts, profile, limits, path=path),
        elsewhere=("verifiableCredential",),
    )
    if "id" in document and not is_url(document["id"]):
        raise MalformedValueError("must be one absolute URL", path="/id")
    types = type_names(document.get("type"), "/type")
    if "VerifiablePresentation" not in types:
        raise MalformedValueError("must contain VerifiablePresentation", path="/type")
    if "VerifiableCredential" in types:
        raise MalformedValueError("a document is a credential or a presentation, not both", path="/type")
    return Presentation(
        document=document,
        id=document.get("id"),
        types=types,
        holder=_holder(document),
        credentials=_credentials(document, limits),
        inline_terms=vocabulary.inline_terms,
    )


def _holder(document: Mapping[str, Any]) -> str | None:
    if "holder" not in document:
        return None
    value = document["holder"]
    identifier = value.get("id") if isinstance(value, dict) else value
    if not is_url(identifier):
        raise MalformedValueError("must be a URL, or an object with a URL as id", path="/holder")
    assert isinstance(identifier, str)  # noqa: S101 - is_url said so
    return identifier


def _credentials(document: Mapping[str, Any], limits: Limits) -> tuple[Mapping[str, Any], ...]:
    if "verifiableCredential" not in document:
        return ()
    found = entries(document["verifiableCredential"])
    if not found:
        raise MalformedValueError("is empty", path="/verifiableCredential")
    if len(found) > limits.credentials:
        raise LimitExceeded("credentials", limit=limits.credentials, path="/verifiableCredential")
    for index, credential in enumerate(found):
        _check_embedded(credential, f"/verifiableCredential/{index}")
    return tuple(found)


def _check_embedded(value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise MalformedValueError("must be an object: credentials by address or text are not read", path=path)
    types = type_names(value.get("type"), f"{path}/type")
    if ENVELOPED_CREDENTIAL in types:
        check_envelope(value, path)
    elif "VerifiableCredential" not in types:
        raise MalformedValueError("must be a credential", path=f"{path}/type")


def check_envelope(value: Mapping[str, Any], path: str = "", *, kind: str = ENVELOPED_CREDENTIAL) -> str:
    """The `data:` URL of an enveloped credential or presentation. Raises `MalformedValueError`."""
    if value.keys() != {"@context", "id", "type"}:
        raise MalformedValueError("an envelope has @context, id and type, and nothing else", path=path)
    if entries(value["@context"])[:1] != [contexts.CREDENTIALS_V2] or len(entries(value["@context"])) != 1:
        raise MalformedValueError("the context of an envelope is credentials/v2", path=f"{path}/@context")
    if type_names(value["type"], f"{path}/type") != (kind,):
        raise MalformedValueError(f"the type of an envelope is {kind}", path=f"{path}/type")
    address = value["id"]
    if not isinstance(address, str) or not address.startswith("data:"):
        raise MalformedValueError("the id of an envelope is a data: URL", path=f"{path}/id")
    return address
