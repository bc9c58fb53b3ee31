"""What was proven before: the same recognition stands behind every learner of a programme.

Kept is that the proofs of exactly these bytes fit exactly these published keys under exactly these rules; a document
with one bit changed, a key rotated or another suite refused is another question. A proof that is dated ahead of the
clock is looked at anew, one that has an end is not kept; period, status and chain are judged anew each time. Refusals
are not kept.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from datetime import datetime

from keys.dids import DidDocument, DidError
from vc import securing
from vc.effort import Effort
from vc.recognition.reading import Copy
from vc.securing import Expectations

_MOST = 512
"""Proven documents that are remembered, by digest, with the keys that they were proven by."""
_LARGEST_KEYS = 16 * 1024
_PROVEN: dict[Hashable, datetime] = {}
"""When the last of the proofs was made."""
_KEEPING = threading.Lock()


def prove(copy: Copy, expected: Expectations, effort: Effort) -> None:
    """As `vc.securing.prove`, whose errors it raises: `VcError`. What is not known yet is spent from `effort`."""
    question = _question(copy, expected)
    made = _PROVEN.get(question) if question is not None else None
    if made is not None and made <= expected.now + expected.skew:
        return
    effort.spend(copy.secured.document)
    proofs = securing.prove(copy.secured, expected)
    if question is not None and proofs.lasting:
        _keep(question, max(one.created for one in proofs.proofs if one.created is not None))


def _question(copy: Copy, expected: Expectations) -> Hashable:
    """What the answer depends on, time aside; None for what is not kept: envelopes, and unresolved controllers."""
    if copy.secured.token is not None or expected.controller is None:
        return None
    try:
        controller = expected.resolver(expected.controller)
    except DidError:
        return None  # `securing.prove` says what that means
    keys = controller.spelled_out if isinstance(controller, DidDocument) else ""
    if not 0 < len(keys) <= _LARGEST_KEYS:
        return None
    return copy.digest, keys, expected.accepted_suites, expected.purpose, expected.profile, expected.max_proofs


def _keep(question: Hashable, made: datetime) -> None:
    with _KEEPING:
        while len(_PROVEN) >= _MOST:
            del _PROVEN[next(iter(_PROVEN))]  # the oldest
        _PROVEN[question] = made
