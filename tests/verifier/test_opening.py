"""Opening an address that an employer was given, over real HTTP: data in whatever clothes its host gives it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.responses import Response

from keys.fetching import FetchRefused
from kit.fetching import GuardedFetcher
from tests.serving import free_port, served
from verifier.opening import opened

TOKEN = b"eyJhbGciOiJFZERTQSIsInR5cCI6InZjK2p3dCJ9.e30.c2lnbmF0dXJl"


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    app = FastAPI()

    @app.get("/{kind:path}")
    def hosted(kind: str) -> Response:
        return Response(TOKEN, media_type=kind)

    port = free_port()
    with served(app, port) as address:
        yield address


def fetcher(host: str) -> GuardedFetcher:
    return GuardedFetcher(local_origins=frozenset({host.replace("http://", "https://")}))


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/vc",
        "application/vp",
        "application/vc+jwt",
        "application/vp+jwt",
        "application/vc+sd-jwt",
        "application/dc+sd-jwt",
        pytest.param("text/plain", id="text/plain, as Open Badges has it"),
    ],
)
def test_a_credential_is_opened_by_its_address(host: str, kind: str) -> None:
    assert opened(fetcher(host), f"{host}/{kind}") == TOKEN


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_a_page_is_not(host: str, kind: str) -> None:
    with pytest.raises(FetchRefused):
        opened(fetcher(host), f"{host}/{kind}")
