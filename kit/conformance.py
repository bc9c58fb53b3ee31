"""The conformance profile: what it relaxes for the public test suites, each by a name of its own.

A public suite sometimes contradicts its specification, or safe practice. Here the safe rule is the default; the
profile (`ServiceSettings.conformance`) gives way only where `conformance_relaxes` names the exception, and
`docs/standards.md` says which case of which suite needs it. Nothing of this is for real use.
"""

from __future__ import annotations

from enum import StrEnum


class Relaxed(StrEnum):
    """One rule that gives way."""

    TEST_CONTEXTS = "test-contexts"
    """Contexts written for the examples of the specifications are served."""
    TEXT_DIRECTION = "text-direction"
    """The direction of a text, which RDF does not carry, may go uncovered by a signature; needs `test-contexts`."""
    SUPERSEDED_DIGESTS = "superseded-digests"
    """A related resource may be the base context as it was published before it was final."""
    ANY_PRESENTER = "any-presenter"
    """The subject of a credential need not be who presents it."""
    EMPTY_PRESENTATION = "empty-presentation"
    """A presentation may present no credential."""
    VP_CLAIM = "vp-claim"
    """A token may carry its document in a `vc` or `vp` claim."""
    ANY_SIGNER = "any-signer"
    """The issuer need not control the key."""
    INLINE_CONTEXTS = "inline-contexts"
    """A document may define terms of its own, in an object in its `@context`; the report names them."""
    ANY_WORD = "any-word"
    """An inline context may give a meaning to every word (`@vocab`), or stand inside an `@context` of its own."""


RELAXED_FOR_SAMPLES = frozenset({Relaxed.ANY_SIGNER, Relaxed.ANY_WORD})
"""What only a few published samples need. These stay in force also in the profile, unless they are named."""
RELAXED_BY_DEFAULT = frozenset(Relaxed) - RELAXED_FOR_SAMPLES
