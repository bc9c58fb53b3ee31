"""One verification, a few fetches: the budget that keeps a document from sending us all over the world."""

from __future__ import annotations

from keys.fetching import Fetched, Fetcher, FetchError, FetchFailed


class BudgetedFetcher:
    """Wraps the caller's fetcher for the length of one verification.

    Equal addresses are asked once (failures too); after `limit` addresses every further one fails, so whatever
    depended on it could not be checked (threat V-DOS-6).
    """

    def __init__(self, fetcher: Fetcher, *, limit: int, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._limit = limit
        self._max_bytes = max_bytes
        self._seen: dict[str, Fetched | FetchError] = {}

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        """As the wrapped fetcher; raises `FetchFailed` beyond the budget."""
        if url not in self._seen:
            if len(self._seen) >= self._limit:
                raise FetchFailed(url, f"more than {self._limit} addresses in one verification")
            try:
                limit = min(max_bytes, self._max_bytes)
                self._seen[url] = self._fetcher.fetch(url, accept=accept, max_bytes=limit)
            except FetchError as error:
                self._seen[url] = error
        answer = self._seen[url]
        if isinstance(answer, FetchError):
            raise answer
        return answer
