"""Share packs of a selection: what its verification needs is fetched, signed for, and put into one file.

The wallet verifies the selection while it writes down what was fetched for it, as an employer's program would on a day
with a network. So a pack holds what is needed, and nothing that is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from keys.fetching import FetchError, NoNetwork
from kit.tokens import new_token
from vc import share_pack
from vc.credential import entries
from vc.fetching import BudgetedFetcher
from vc.status import bitstring
from wallet_demo.checking import verified
from wallet_demo.credentials.service import Kept
from wallet_demo.learners.service import SignedIn
from wallet_demo.presentation import signed_presentation
from wallet_demo.sharing.service import NothingChosen
from wallet_demo.standing import service as standing
from wallet_demo.standing.looking import with_signers
from wallet_demo.tools import Tools

_MOST_REQUESTS = share_pack.MAX_DOCUMENTS
_LARGEST = 2 * 1024 * 1024


class NotComplete(Exception):
    """A status list could not be had just now: the file would leave open what an employer wants to know."""


def make(tools: Tools, who: SignedIn, chosen: Sequence[Kept], *, now: datetime) -> bytes:
    """Return the file, made now.

    Raises `NothingChosen`, `NotComplete`, or `share_pack.NotASharePack` when it would be too large.
    """
    if not chosen:
        raise NothingChosen("credential")
    with tools.database.reading() as session:
        recognitions = standing.stapled(session, who, [kept.id for kept in chosen])
    recorder = share_pack.Recorder(BudgetedFetcher(tools.http, limit=_MOST_REQUESTS, max_bytes=_LARGEST))
    everyone = with_signers(tools.anchors, recognitions)
    for kept in chosen:
        verified(kept.document, anchors=everyone, recognitions=recognitions, fetcher=recorder, now=now)
    presentation = signed_presentation(
        who,
        [*(kept.document for kept in chosen), *recognitions],
        challenge=new_token(),
        domain=share_pack.DOMAIN,
        now=now,
    )
    data = share_pack.build(presentation, recorder.fetched.values())
    _check_lists(data, presentation["verifiableCredential"])
    return data


def _check_lists(data: bytes, documents: Sequence[Mapping[str, Any]]) -> None:
    """Every status list that is named must be in the file, with its date."""
    fetcher = share_pack.PackFetcher(share_pack.read(data), NoNetwork())
    for url in {url for document in documents for url in _lists_of(document)}:
        try:
            fetcher.fetch(url, accept=bitstring.ACCEPT, max_bytes=_LARGEST)
        except FetchError as error:
            raise NotComplete(url) from error


def _lists_of(document: Mapping[str, Any]) -> Iterator[str]:
    for entry in entries(document.get("credentialStatus")):
        url = entry.get("statusListCredential") if isinstance(entry, Mapping) else None
        if isinstance(url, str):
            yield url
