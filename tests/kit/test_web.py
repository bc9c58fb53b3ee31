"""The frame around every service: bad input gets a problem, a bug a bare 500, and headers are always there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar

import httpx
import pytest
from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, select
from starlette.requests import Request
from starlette.responses import Response

from kit import csrf, web
from kit.clock import system_clock
from kit.database import Database
from kit.pages import Lang, Pages
from kit.problems import Conflict
from kit.settings import ServiceSettings
from tests.serving import free_port, served


class Base(SQLModel, registry=registry()):
    pass


class Note(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    text: str


class NoteIn(BaseModel):
    text: str


class DeskSettings(ServiceSettings):
    service: ClassVar[str] = "desk"


class Full(Exception):
    """A typed error of the service."""


api = web.router()
pages = web.router(dependencies=[Depends(csrf.guard)])


@api.post("/notes", status_code=201)
def write_note(note: NoteIn, unit: web.Unit) -> dict[str, str]:
    if note.text == "bug":
        raise RuntimeError("secret insides")
    if note.text == "full":
        raise Full("no more room")
    unit.add(Note(text=note.text))
    return {"text": note.text}


@api.get("/notes")
def read_notes(session: web.Reading) -> list[str]:
    return [note.text for note in session.exec(select(Note)).all()]


@pages.get("/{lang}/")
def form(request: Request, lang: Lang) -> Response:
    return request.app.state.pages.render(request, "problem.html", frame="base.html", problem={}, reference="none")


@pages.get("/{lang}/token")
def token(request: Request, lang: Lang) -> Response:
    response = Response(csrf.csrf_token(request))
    csrf.attach_cookie(request, response)
    return response


@pages.post("/{lang}/notes")
def write_on_page(request: Request, lang: Lang, unit: web.Unit, text: Annotated[str, Form()]) -> dict[str, str]:
    unit.add(Note(text=text))
    return {"text": text}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("desk")
    settings = DeskSettings(public_url=f"http://localhost:{port}", data_dir=folder, secret=b"s" * 32)
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    app = web.build(
        settings,
        title="Desk",
        clock=system_clock,
        database=database,
        pages=Pages("kit", settings),
        routers=[api, pages],
        problems={Full: Conflict},
        any_origin="/notes",
    )
    with served(app, port) as address, httpx.Client(base_url=address) as client:
        yield client


def test_what_was_answered_was_committed_before(client: httpx.Client) -> None:
    assert client.post("/notes", json={"text": "kept"}).status_code == 201
    assert "kept" in client.get("/notes").json()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"text": "a", "text": "b"}', "application/json", 400),
        (b'{"text": NaN}', "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"text": "\\ud800"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"text": 1' + b"0" * 5000 + b"}", "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"text": 7}', "application/json", 422),
        (b"", "application/json", 400),
        (b'{"text": "a"}', "text/plain", 415),
        (b'{"text": "a"}', "", 415),
        (b'{"text": "' + b"a" * (1 << 20) + b'"}', "application/json", 413),
    ],
)
def test_V_JSON_V_DOS_1_a_body_that_cannot_be_read_is_a_problem(
    client: httpx.Client, body: bytes, kind: str, status: int
) -> None:
    answer = client.post("/notes", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


def test_V_HTTP_1_a_chunked_body_is_counted_too(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"a" * 65_536

    answer = client.post("/notes", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_V_DOS_2_a_compressed_body_is_refused(client: httpx.Client) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.post("/notes", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_a_body_that_says_it_is_not_compressed_is_taken(client: httpx.Client, encoding: str) -> None:
    assert client.post("/notes", json={"text": "plain"}, headers={"content-encoding": encoding}).status_code == 201


@pytest.mark.parametrize("path", ["/notes", "/fr/", "/healthz", "/nowhere", "/static/passport.css"])
def test_head_is_answered_as_get_without_the_content(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/notes", "GET, HEAD, POST"), ("GET", "/fr/notes", "POST"), ("POST", "/healthz", "GET, HEAD")],
)
def test_a_method_that_is_not_taken_learns_which_are(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_people_who_come_to_an_address_for_forms_are_led_to_the_page_above(client: httpx.Client) -> None:
    answer = client.get("/fr/notes", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/")


def test_scripts_of_any_origin_may_ask_where_that_is_said_and_read_errors_too(client: httpx.Client) -> None:
    asked = {
        "origin": "https://wallet.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "cache-control,pragma",
    }
    preflight = client.options("/notes", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert {"authorization", "cache-control", "pragma", "*"} <= set(
        preflight.headers["access-control-allow-headers"].split(", ")
    )
    answers = [client.get("/notes"), client.get("/notes/none"), client.delete("/notes"), client.post("/notes", json=1)]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 422]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}
    for path in ("/fr/", "/healthz"):
        assert client.options(path, headers=asked).status_code == 405
        assert "access-control-allow-origin" not in client.get(path).headers


def test_V_ERR_1_a_bug_says_nothing_of_its_insides(client: httpx.Client) -> None:
    answer = client.post("/notes", json={"text": "bug"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Error" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_typed_error_becomes_its_problem(client: httpx.Client) -> None:
    answer = client.post("/notes", json={"text": "full"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "no more room")


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/de/", 404), ("/healthz", 200), ("/readyz", 200)])
def test_addresses(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_person_gets_a_page_in_their_language(client: httpx.Client) -> None:
    answer = client.get("/nowhere", headers={"accept": "text/html", "accept-language": "en-CA,fr;q=0.5"})
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    french = client.get("/nowhere", headers={"accept": "text/html", "accept-language": "nl,fr;q=0.5"})
    assert "Il n’y a rien à cette adresse" in french.text


@pytest.mark.parametrize(
    ("wanted", "address"), [("en", "/en/"), ("fr-BE,en;q=0.9", "/fr/"), ("", "/fr/"), ("q=;;", "/fr/")]
)
def test_the_first_page_is_in_the_browsers_language(client: httpx.Client, wanted: str, address: str) -> None:
    assert client.get("/", headers={"accept-language": wanted}).headers["location"] == address


def post_page(client: httpx.Client, token: str | None, **headers: str) -> Any:
    data = {"text": "from a page"} | ({"csrf_token": token} if token is not None else {})
    return client.post("/fr/notes", data=data, headers=headers)


def test_W_WEB_1_a_form_counts_only_from_our_own_page(client: httpx.Client) -> None:
    token = client.get("/fr/token").text
    own = str(client.base_url).rstrip("/")
    assert post_page(client, token).status_code == 200
    assert post_page(client, token, origin=own).status_code == 200
    assert post_page(client, None).status_code == 403
    assert post_page(client, token[::-1]).status_code == 403
    assert post_page(client, token, origin="https://evil.example").status_code == 403
    assert post_page(client, token, origin="null").status_code == 403
    assert post_page(client, token, **{"sec-fetch-site": "cross-site"}).status_code == 403
    client.cookies.clear()
    assert post_page(client, token).status_code == 403
