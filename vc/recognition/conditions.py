"""The limits of a recognition: where, on which track, in which stream, for which programmes, how far down.

The first three are also what a learner's credential may say about itself, in the one member that Open Badges 3.0.3
has for words of an institution's own, `achievement.tag`: `territory:CA-QC`, `track:employed-people`,
`stream:upskilling`. Where it says nothing, a condition is shown and not failed: the authority's word is about the
programme, and the programme is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vc.credential import entries, texts_in
from vc.errors import MalformedValueError

_TAGS = {"territory": "territories", "track": "tracks", "stream": "streams"}
_DEEPEST = 20


@dataclass(frozen=True)
class Conditions:
    """Limits, or what a credential says about itself. Empty means without limit, or silent.

    `territories`: ISO 3166 codes; `CA` contains `CA-QC`. `programmes`: achievement identifiers. `max_depth`: how many
    further authorities may stand between the recognised authority and an institution; 0 means that it may recognise
    institutions only, None that nothing is said.
    """

    territories: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    max_depth: int | None = None

    def cover(self, child: Conditions) -> bool:
        """Whether `child` stays inside these. Silence where these limit something goes beyond them."""
        sets = ((self.tracks, child.tracks), (self.streams, child.streams), (self.programmes, child.programmes))
        return _contains(self.territories, child.territories) and all(
            not mine or (bool(theirs) and set(theirs) <= set(mine)) for mine, theirs in sets
        )

    def as_members(self) -> dict[str, Any]:
        """The members of a `RecognizedAction` that say this, the programmes aside."""
        members: dict[str, Any] = {
            "track": _one_or_several(self.tracks),
            "stream": _one_or_several(self.streams),
            "territory": _one_or_several(self.territories),
            "maxDepth": self.max_depth,
        }
        return {name: value for name, value in members.items() if value is not None}


def inside(territory: str, of: str) -> bool:
    """Whether one ISO 3166 code is the other or a part of it."""
    return territory == of or territory.startswith(f"{of}-")


def may_be_in(stated: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a credential may be of a territory that is wanted: what it says coarsely is not wrong."""
    if not stated or not wanted:
        return True
    return any(inside(one, other) or inside(other, one) for one in stated for other in wanted)


def _contains(limits: Sequence[str], territories: Sequence[str]) -> bool:
    if not limits:
        return True
    return bool(territories) and all(any(inside(one, limit) for limit in limits) for one in territories)


def of_action(action: Mapping[str, Any]) -> Conditions:
    """The conditions of a `RecognizedAction`. Raises `MalformedValueError` for what is no text or number."""
    depth = action.get("maxDepth")
    if depth is not None and (type(depth) is not int or not 0 <= depth <= _DEEPEST):
        raise MalformedValueError(f"not a number from 0 to {_DEEPEST}", path="/recognizedTo/maxDepth")
    return Conditions(
        territories=_texts(action, "territory"),
        tracks=_texts(action, "track"),
        streams=_texts(action, "stream"),
        programmes=tuple(sorted(_identifier(one) for one in entries(action.get("programme")))),
        max_depth=depth,
    )


def stated_by(document: Mapping[str, Any]) -> Conditions:
    """What a learner's credential says about its own territory, track and stream (see the module's text)."""
    found: dict[str, set[str]] = {member: set() for member in _TAGS.values()}
    for subject in entries(document.get("credentialSubject")):
        achievement = subject.get("achievement") if isinstance(subject, dict) else None
        for tag in texts_in(achievement.get("tag")) if isinstance(achievement, dict) else ():
            name, _, value = tag.partition(":")
            if name in _TAGS and value:
                found[_TAGS[name]].add(value)
    stated = {member: tuple(sorted(values)) for member, values in found.items()}
    return Conditions(stated["territories"], stated["tracks"], stated["streams"])


def tags(conditions: Conditions) -> tuple[str, ...]:
    """The tags of an achievement that say this: the way back from `stated_by`."""
    return tuple(f"{name}:{value}" for name, member in _TAGS.items() for value in getattr(conditions, member))


def _texts(action: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = entries(action.get(name))
    if not all(isinstance(text, str) and text for text in found):
        raise MalformedValueError("must be one or more texts", path=f"/recognizedTo/{name}")
    return tuple(sorted(found))


def _identifier(value: Any) -> str:
    named = value.get("id") if isinstance(value, dict) else value
    if not isinstance(named, str) or not named:
        raise MalformedValueError("must name a programme", path="/recognizedTo/programme")
    return named


def _one_or_several(values: tuple[str, ...]) -> str | list[str] | None:
    if not values:
        return None
    return values[0] if len(values) == 1 else list(values)
