"""What the wallet says to issuers and verifiers, and what it reads of their answers.

Every address here was chosen by somebody else; `Outgoing` is the guarded client of `kit.fetching`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from keys.fetching import Fetcher, FetchError
from kit.fetching import Answered
from vc import strict_json
from vc.errors import ParsingError

MAX_ANSWER = 1024 * 1024
JSON = ("application/json",)


class Outgoing(Fetcher, Protocol):
    """Fetches and posts, both under the guard. `kit.fetching.GuardedFetcher` is one."""

    def post(
        self,
        url: str,
        *,
        body: bytes,
        content_type: str,
        accept: tuple[str, ...],
        max_bytes: int,
        authorization: str | None = None,
    ) -> Answered:
        """Post `body`; return whatever came back, error answers too. Raises `FetchError`."""
        ...


class Unreadable(Exception):
    """The other side answered, and the answer is not the JSON that was due."""


def get_json(http: Fetcher, url: str) -> Any:
    """Return the JSON at `url`. Raises `FetchError` or `Unreadable`."""
    return _parsed(http.fetch(url, accept=JSON, max_bytes=MAX_ANSWER).body)


def post_form(http: Outgoing, url: str, form: Mapping[str, str], *, accept: tuple[str, ...] = JSON) -> Answered:
    """Post a form. Raises `FetchError`."""
    return http.post(
        url,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        accept=accept,
        max_bytes=MAX_ANSWER,
    )


def post_json(http: Outgoing, url: str, document: Mapping[str, Any], *, bearer: str) -> Answered:
    """Post JSON with an access token. Raises `FetchError`."""
    return http.post(
        url,
        body=json.dumps(document, ensure_ascii=False).encode(),
        content_type="application/json",
        accept=JSON,
        max_bytes=MAX_ANSWER,
        authorization=f"Bearer {bearer}",
    )


def json_of(answer: Answered) -> Any:
    """Return the JSON of an answer. Raises `Unreadable`."""
    return _parsed(answer.body)


def _parsed(body: bytes) -> Any:
    try:
        return strict_json.parse(body)
    except ParsingError as error:
        raise Unreadable(str(error)) from error


__all__ = ["FetchError", "Outgoing", "Unreadable", "get_json", "json_of", "post_form", "post_json"]
