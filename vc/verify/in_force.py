"""(8) (9) What the clock and the issuer's own lists say about a credential whose proofs hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vc import findings as found
from vc.credential import Credential, entries
from vc.errors import VcError
from vc.findings import Finding
from vc.status import bitstring, revocation_list
from vc.verify.run import Run


def findings(run: Run, credential: Credential) -> tuple[Finding, ...]:
    """The status lists' answers, then the clock's."""
    validity = _validity(run, credential)
    return (*_status(run, credential), validity)


def _validity(run: Run, credential: Credential) -> Finding:
    """(8) Today against the validity period, with the caller's tolerance."""
    start, end, skew = credential.valid_from, credential.valid_until, run.policy.clock_skew
    if start is not None and start > run.now + skew:
        return found.NotYetValid(start)
    if end is not None and end < run.now - skew:
        return found.Expired(end)
    return found.NoDates() if start is None and end is None else found.InForce(start, end)


def _status(run: Run, credential: Credential) -> Iterator[Finding]:
    """(9) Every status entry; one that cannot be answered counts as failed in `verified`."""
    if not credential.status:
        yield found.NoStatusList()
    for entry in credential.status:
        kinds = entries(entry.get("type"))
        if bitstring.ENTRY_TYPE in kinds:
            yield _bitstring_status(run, entry, credential.issuer)
        elif revocation_list.ENTRY_TYPE in kinds:
            yield from _listed_revocation(run, entry, credential.id)
        elif run.policy.insecure_ignore_unknown_status:
            yield found.StatusKindIgnored(str(kinds[0])[:100])
        else:
            yield found.StatusKindUnknown(str(kinds[0])[:100])


def _bitstring_status(run: Run, entry: Mapping[str, Any], issuer: str) -> Finding:
    try:
        answer = bitstring.check(
            entry,
            issuer=issuer,
            fetcher=run.fetcher,
            resolver=run.resolver,
            accepted_suites=run.accepted_suites,
            now=run.now,
            skew=run.policy.clock_skew,
            profile=run.policy.contexts,
            limits=run.policy.limits,
        )
    except VcError as error:
        return found.StatusNotObtained(error.problem, error.detail)
    return _answered(answer)


def _answered(answer: bitstring.StatusAnswer) -> Finding:
    if answer.purpose in ("revocation", "suspension"):
        if answer.value == 0:
            return found.NotRevoked(answer.purpose, answer.list_url)
        marked = found.Revoked if answer.purpose == "revocation" else found.Suspended
        return marked(answer.list_url, answer.index)
    message = answer.message or ("set" if answer.value else "not set")
    return found.StatusMessageShown(answer.purpose, message, answer.value)


def _listed_revocation(run: Run, entry: Mapping[str, Any], credential_id: str | None) -> Iterator[Finding]:
    limit = run.policy.limits.fetched_bytes
    try:
        answer = revocation_list.check(entry, credential_id=credential_id, fetcher=run.fetcher, max_bytes=limit)
    except VcError as error:
        yield found.StatusNotObtained(error.problem, error.detail)
        return
    yield found.StatusListUnsigned(answer.list_url)
    if answer.revoked:
        yield found.Revoked(answer.list_url, None)
    else:
        yield found.NotRevoked("revocation", answer.list_url)
