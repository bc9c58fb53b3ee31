"""Canonical forms of processors that leave language tags as they are written.

To JSON-LD `fr-CA` and `fr-ca` are the same, and whether a processor writes it in lower case is left to it (JSON-LD 1.1
API, section 5.1.2, step 13.4.8.2: "MAY"). PyLD and most libraries do; some do not, and what was signed with one of them
is no less genuine. So such a form is asked for where the usual one does not fit a signature and the two differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from contexts import Profile
from vc.canonical import rdfc
from vc.canonical.rdfc10 import canonicalize_dataset
from vc.canonical.to_rdf import quads


def digest_as_written(
    document: Mapping[str, Any], *, hash_name: str = "sha256", profile: Profile = Profile.STANDARD
) -> bytes | None:
    """The hash of the canonical form in which each language tag is spelt as in `document`.

    None where that is the usual form, and for a document that spells one tag in two ways. Raises as
    `rdfc.canonicalize`.
    """
    spelling = _spelling(document)
    if not spelling:
        return None
    expanded = [_respelt(node, spelling) for node in rdfc.expand(document, profile=profile)]
    nquads = canonicalize_dataset(quads(expanded), hash_name=hash_name).nquads
    return hashlib.new(hash_name, nquads.encode()).digest()


def has_other_form(document: Mapping[str, Any]) -> bool:
    """Whether `digest_as_written` has something to work out."""
    return bool(_spelling(document))


def _spelling(document: Mapping[str, Any]) -> dict[str, str]:
    """By its lower case each tag as it is written; empty where that is no other form."""
    written = set(_tags(document))
    spelling = {tag.lower(): tag for tag in written}
    return spelling if len(spelling) == len(written) and spelling.keys() != written else {}


def _tags(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        tag = value.get("@language")
        if isinstance(tag, str):
            yield tag
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _tags(inner)


def _respelt(value: Any, spelling: Mapping[str, str]) -> Any:
    """An expanded value with its language tags respelt; JSON literals are left alone."""
    if isinstance(value, list):
        return [_respelt(item, spelling) for item in value]
    if not isinstance(value, dict):
        return value
    if "@value" not in value:
        return {name: _respelt(inner, spelling) for name, inner in value.items()}
    tag = value.get("@language")
    return value if tag is None else {**value, "@language": spelling.get(tag, tag)}
