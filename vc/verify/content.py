"""(6) (7) What is said about the content once its proofs hold: seals, words of its own, misleading text, schemas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from vc import findings as found
from vc import schemas, text
from vc.credential import Credential, entries
from vc.findings import Finding
from vc.verify.run import Proven, Run

ALLOWED_MARKS = 20  # at most so many findings about misleading text; one is enough to warn


def findings(run: Run, proven: Proven) -> tuple[Finding, ...]:
    """What the proofs and schemas say about the content."""
    return (*_integrity(proven), *_schemas(run, proven.credential))


def _integrity(proven: Proven) -> Iterator[Finding]:
    for proof in proven.proofs.proofs:
        yield found.ProofVerified(proof.suite, proof.verification_method)
    if proven.credential.inline_terms:
        yield found.InlineTermsReported(proven.credential.inline_terms)
    yield from islice(_misleading_texts(proven.credential), ALLOWED_MARKS)


def _misleading_texts(credential: Credential) -> Iterator[Finding]:
    if not text.any_misleads(text.all_strings(credential.document)):
        return
    for path, value in text.strings(dict(credential.document)):
        why = text.misleading(value)
        if why:
            yield found.MisleadingText(path, why)


def _schemas(run: Run, credential: Credential) -> Iterator[Finding]:
    """Each schema it names: fits, does not, or was not checked."""
    for entry in entries(credential.document.get("credentialSchema")):
        kind, address = str(entries(entry.get("type"))[0])[:100], str(entry.get("id"))[:500]
        if not schemas.KINDS.intersection(entries(entry.get("type"))):
            yield found.SchemaNotChecked(kind, address, "a kind of schema that is not read here")
            continue
        answer = schemas.check(credential.document, entry, bundle=run.schemas)
        match answer.outcome:
            case schemas.Outcome.SUCCESS:
                yield found.SchemaFits(kind, address)
            case schemas.Outcome.FAILURE:
                yield found.SchemaBroken(kind, address, answer.detail)
            case schemas.Outcome.INDETERMINATE:
                yield found.SchemaNotChecked(kind, address, answer.detail)
