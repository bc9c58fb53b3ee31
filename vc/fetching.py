"""One verification, a few fetches: the budget that keeps a document from sending us all over the world."""

from __future__ import annotations

from keys.fetching import Fetched, Fetcher, FetchError, FetchFailed


class BudgetedFetcher:
    """Wraps the caller's fetcher for the length of one verification.

    Equal questions are asked once (failures too); after `limit` questions every further one fails, so whatever
    depended on it could not be checked (threat V-DOS-6). What is accepted is part of the question: a document that
    came as a status list never answers for an issuer's keys, wherever a fetcher had either from.
    """

    def __init__(self, fetcher: Fetcher, *, limit: int, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._limit = limit
        self._max_bytes = max_bytes
        self._seen: dict[tuple[str, tuple[str, ...]], Fetched | FetchError] = {}

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """As the wrapped fetcher; raises `FetchFailed` beyond the budget."""
        question = url, accept
        if question not in self._seen:
            if len(self._seen) >= self._limit:
                raise FetchFailed(url, f"more than {self._limit} addresses in one verification")
            try:
                limit = min(max_bytes, self._max_bytes)
                self._seen[question] = self._fetcher.fetch(url, accept=accept, max_bytes=limit)
            except FetchError as error:
                self._seen[question] = error
        answer = self._seen[question]
        if isinstance(answer, FetchError):
            raise answer
        return answer
