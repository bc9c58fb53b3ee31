"""Accreditation as a credential: who recognised this training, when it was completed, and today.

An authority signs a `RecognizedEntityCredential` (W3C *Recognized Entities* 1.0, Working Draft) about an institution:
recognised to `issue`, and what it may issue is fixed by a JSON Schema, pinned by digest, in which
`credentialSubject.achievement.id` is a constant. So "this college may issue *this* microcredential" is checkable by
anyone, and the learner's credential needs no word about it. An authority may itself be recognised, to `recognize`
others, within limits: a territory, tracks, streams, programmes, how far down.

    building      what authorities sign and institutions publish
    conditions    limits, and whether one keeps within another; narrowing: may an authority sign this
    reading       recognitions by their text alone; shelf: all that is at hand, by whom it is about
    discovery     finding what nobody brought
    chain         from an anchor down to the institution; examination, memory: is each link what it seems
    standing      whether a link held on a day; judging: what a chain is worth
    evaluation    the numbered story; answers: its result; telling: the findings and sentences for it

**Finding it.** From copies stapled to what the learner shows, from a list the verifier keeps, from the DID of an
institution or authority (a `WhoisService` that serves a presentation), or up `issuer.recognizedIn`. Where it came from
does not matter: each is verified fully.

**The schema.** It is determined by its own address and the programme (`programme_schema`), so a verifier works it out
and compares the digest: no request, and nobody to trust. A schema of another make is taken from `schemas` or
fetched, must have the pinned digest, and must admit this training and no other. The recognition also names its
`programme`; that is believed only if the schema worked out from it has the pinned digest.

**As of when.** Two answers, always both. A recognition holds from `validFrom` to `validUntil`. A status list knows only
"withdrawn now", and withdrawing must not erase the years before. So an authority that ends a recognition does two
things: it sets the status bit of the original, and publishes `closed(original, at=…, reason=…)`: the same recognition
with `validUntil` at its end, the reason, and no status entry. Both are served by the `WhoisService`. A verifier that
sees the closed copy answers "recognised then, withdrawn on that day"; one that sees only the revoked original
answers "withdrawn today; whether it held then could not be checked". Suspension works the same way (`reason=
"suspended"`, status bit set while it lasts); a suspension that is lifted is followed by a new recognition.

**Chains.** A child narrows its parent and never widens it: where the parent names a territory, a track, a stream or
programmes, the child names some of them, and silence is more than the parent gave. Each link must hold on the day;
an institution recognised beyond the end of its authority's own recognition is recognised until that end.

The date of completion is the institution's word, as each date in a recognition is its authority's. They could
backdate; their signature is on it, and what was published when is kept elsewhere (`did:webvh`, the registers).
"""

from vc.recognition.answers import (
    AuthorityAnswer,
    Link,
    RecognisedInstitution,
    Recognition,
    Source,
    Standing,
)
from vc.recognition.building import (
    CONTEXTS,
    CREDENTIAL_TYPE,
    WHOIS,
    EndReason,
    authority_credential,
    closed,
    digest_multibase,
    programme_schema,
    recognition_credential,
    whois_presentation,
    whois_service,
)
from vc.recognition.conditions import Conditions, stated_by, tags
from vc.recognition.discovery import discovered
from vc.recognition.evaluation import evaluate
from vc.recognition.narrowing import Beyond, Permitted, Proposal, permitted
from vc.recognition.shelf import NOTHING_HELD, Held
from vc.recognition.telling import Row, deciding, matrix

__all__ = [
    "CONTEXTS",
    "CREDENTIAL_TYPE",
    "NOTHING_HELD",
    "WHOIS",
    "AuthorityAnswer",
    "Beyond",
    "Conditions",
    "EndReason",
    "Held",
    "Link",
    "Permitted",
    "Proposal",
    "RecognisedInstitution",
    "Recognition",
    "Row",
    "Source",
    "Standing",
    "authority_credential",
    "closed",
    "deciding",
    "digest_multibase",
    "discovered",
    "evaluate",
    "matrix",
    "permitted",
    "programme_schema",
    "recognition_credential",
    "stated_by",
    "tags",
    "whois_presentation",
    "whois_service",
]
