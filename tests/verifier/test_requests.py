"""The forms of a request to a candidate, as wallets get them: by DID, by certificate, inline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, load_pem_x509_certificates
from httpx import Response

from keys import KeyType, PrivateKey
from keys.fetching import NoNetwork
from kit.settings import SettingsRefused
from tests.certificates import CertificateAuthority
from tests.verifier.conftest import Counter, counter_for
from tests.world import World
from vc import openid4vp as vp
from vc.jose import jws
from verifier.asking.certificate import LIFETIME, RENEWED_BEFORE
from verifier.asking.wanted import QUERY_ID


def links(counter: Counter) -> dict[str, str]:
    """Ask for one credential; the links that the page shows, by their name, and the page's own path as `page`."""
    token = counter.token("/en/ask")
    page = counter.client.post("/en/ask", data={"wanted": "one", "reason": "", "csrf_token": token})
    shown = re.findall(r'id="(\w+)-link" value="([^"]+)"', page.text)
    return {name: link.replace("&amp;", "&") for name, link in shown} | {"page": str(page.url.path)}


def fetched(counter: Counter, link: str, *, post: dict[str, str] | None = None) -> Response:
    """The request object behind a link; with `post`, by POST."""
    path = urlsplit(dict(parse_qsl(urlsplit(link).query))["request_uri"]).path
    return counter.client.get(path) if post is None else counter.client.post(path, data=post)


def authority_of(folder: Path) -> Certificate:
    """The authority above the certificate that the verifier made."""
    return load_pem_x509_certificates((folder / "requests.pem").read_bytes())[-1]


def read(counter: Counter, link: str, authority: Certificate, **options: str) -> vp.AuthorizationRequest:
    """The request behind a link of the certificate's kind, checked as a wallet does."""
    reference = vp.parse_request_link(link)
    assert isinstance(reference, vp.RequestReference)
    return vp.check_request_object(
        fetched(counter, link, post=options or None).text,
        client_id=reference.client_id,
        fetcher=NoNetwork(),
        authorities=[authority],
        now=counter.world.now,
        wallet_nonce=options.get("wallet_nonce"),
    )


def answered(counter: Counter, request: vp.AuthorizationRequest, form: dict[str, str]) -> Response:
    return counter.client.post(urlsplit(request.response_uri).path, data=form)


def presented(counter: Counter, request: vp.AuthorizationRequest) -> dict[str, list[dict[str, Any]]]:
    world = counter.world
    return {QUERY_ID: [world.present(world.issue(), challenge=request.nonce, domain=request.client_id)]}


# --- by certificate, encrypted ---


def test_an_encrypted_answer_to_a_certified_request_becomes_a_verdict(counter: Counter, tmp_path: Path) -> None:
    shown = links(counter)
    request = read(counter, shown["certified"], authority_of(tmp_path), wallet_nonce="w" * 22)
    assert (request.client_id, request.response_mode) == ("x509_san_dns:localhost", "direct_post.jwt")
    form = vp.response_form(presented(counter, request), state=None, recipient=request.recipient)
    assert answered(counter, request, form).json() == {}
    page = counter.client.get(shown["page"]).text
    assert "Valid credential" in page
    assert "holder to be confirmed" not in page


def test_a_wallet_that_does_not_encrypt_is_heard(counter: Counter, tmp_path: Path) -> None:
    """What it sent in clear it sent; refusing it protects nobody."""
    request = read(counter, links(counter)["certified"], authority_of(tmp_path))
    assert answered(counter, request, vp.response_form(presented(counter, request), state=None)).status_code == 200


def test_an_answer_encrypted_for_another_request_is_not_opened(counter: Counter, tmp_path: Path) -> None:
    request, other = (read(counter, links(counter)["certified"], authority_of(tmp_path)) for _ in range(2))
    form = vp.response_form(presented(counter, request), state=None, recipient=other.recipient)
    refused = answered(counter, request, form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_each_request_has_a_key_of_its_own_that_stays_while_it_lives(counter: Counter, tmp_path: Path) -> None:
    link, other = links(counter)["certified"], links(counter)["certified"]
    first, again, another = (read(counter, one, authority_of(tmp_path)) for one in (link, link, other))
    assert first.recipient == again.recipient
    assert first.recipient != another.recipient


# --- what wallets look for ---


def test_what_is_asked_for_is_said_for_wallets_that_expand_types_and_for_those_that_do_not(counter: Counter) -> None:
    request = vp.parse_request_link(links(counter)["plain"])
    assert isinstance(request, vp.AuthorizationRequest)
    [query] = request.dcql_query["credentials"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", query["id"])
    assert query["meta"]["type_values"] == [list(types) for types in vp.OPEN_BADGE]
    assert all(name.startswith("https://") for name in query["meta"]["type_values"][0])
    metadata = request.client_metadata or {}
    assert metadata["vp_formats_supported"] == {"ldp_vc": {"proof_type_values": ["DataIntegrityProof"]}}


def test_the_answers_address_says_which_request_it_answers(counter: Counter) -> None:
    """`state` does not always come back."""
    first, second = (vp.parse_request_link(links(counter)["plain"]) for _ in range(2))
    assert isinstance(first, vp.AuthorizationRequest)
    assert isinstance(second, vp.AuthorizationRequest)
    assert first.response_uri != second.response_uri
    assert first.client_id == f"redirect_uri:{first.response_uri}"
    assert answered(counter, first, vp.response_form(presented(counter, first), state=None)).status_code == 200


def test_V_TYP_1_a_bare_credential_is_no_presentation(counter: Counter) -> None:
    request = vp.parse_request_link(links(counter)["plain"])
    assert isinstance(request, vp.AuthorizationRequest)
    bare = answered(counter, request, vp.response_form({QUERY_ID: [counter.world.issue()]}, state=None))
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")


# --- by reference ---


@pytest.mark.parametrize("form", ["request", "certified"])
def test_the_request_object_as_it_is_served(counter: Counter, form: str) -> None:
    link = links(counter)[form]
    outer = dict(parse_qsl(urlsplit(link).query))
    assert outer.get("request_uri_method", "get").islower()
    for accept in ("application/json", "text/html", "*/*"):
        path = urlsplit(outer["request_uri"]).path
        served = counter.client.get(
            path, headers={"accept": accept, "content-type": "application/x-www-form-urlencoded"}
        )
        assert served.headers["content-type"] == "application/oauth-authz-req+jwt"
        assert served.headers["cache-control"] == "no-store"
        assert served.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("form", ["request", "certified"])
@pytest.mark.parametrize("post", [{}, {"wallet_metadata": "{}"}, {"wallet_nonce": "n"}, {"wallet_nonce": ""}], ids=str)
def test_a_post_tolerates_what_a_wallet_leaves_out(counter: Counter, form: str, post: dict[str, str]) -> None:
    served = fetched(counter, links(counter)[form], post=post)
    assert served.status_code == 200
    claims = jws.read(served.text, typ="oauth-authz-req+jwt").unverified_claims()
    assert claims.get("wallet_nonce") == (post.get("wallet_nonce") or None)


@pytest.mark.parametrize("form", ["request", "certified"])
@pytest.mark.parametrize("body", [b"\xff=1", urlencode([("a", "b")] * 50).encode()], ids=["no text", "too much"])
def test_a_post_that_cannot_be_read_is_refused(counter: Counter, form: str, body: bytes) -> None:
    path = urlsplit(dict(parse_qsl(urlsplit(links(counter)[form]).query))["request_uri"]).path
    for address in (path, f"{path.removesuffix('/certified').removesuffix('/request')}/response"):
        refused = counter.client.post(address, content=body)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
        assert refused.headers["access-control-allow-origin"] == "*"


# --- the certificate ---


def test_the_verifiers_own_certificate_stays_until_it_is_about_to_end(world: World, tmp_path: Path) -> None:
    path = tmp_path / "requests.pem"

    def started() -> bytes:
        with counter_for(world, tmp_path).client:
            return path.read_bytes()

    first = started()
    assert started() == first
    world.now += LIFETIME - RENEWED_BEFORE + timedelta(days=1)
    renewed = started()
    assert renewed != first
    path.write_text("not a certificate")
    assert started() not in (first, renewed)


class Files:
    """The operator's certificate and key, in PEM."""

    def __init__(self, world: World, folder: Path, *, host: str = "localhost") -> None:
        self.authority = CertificateAuthority(world.now)
        self.key = PrivateKey.generate(KeyType.P256)
        self.certificate_path, self.key_path = folder / "certificate.pem", folder / "certificate.key"
        self.write(self.authority.certify(self.key, names=(host,)), ec.derive_private_key(self._secret, ec.SECP256R1()))

    @property
    def _secret(self) -> int:
        return int.from_bytes(self.key.raw)

    def write(self, certificate: Certificate | None = None, key: Any = None, *, mode: int = 0o600) -> None:
        if certificate is not None:
            self.certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM))
        if key is not None:
            self.key_path.unlink(missing_ok=True)
            self.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.key_path.chmod(mode)

    def counter(self, world: World, folder: Path) -> Counter:
        given = {"certificate_file": str(self.certificate_path), "certificate_key_file": str(self.key_path)}
        return counter_for(world, folder, **given)


def test_the_operators_certificate_signs(world: World, tmp_path: Path) -> None:
    files = Files(world, tmp_path)
    counter = files.counter(world, tmp_path)
    with counter.client:
        assert read(counter, links(counter)["certified"], files.authority.certificate).authenticated
        assert not (tmp_path / "requests.pem").exists()


def test_the_operators_certificate_may_be_for_the_verifiers_own_key(world: World, tmp_path: Path) -> None:
    with counter_for(world, tmp_path).client:
        authority = authority_of(tmp_path)
    issued = (tmp_path / "requests.pem").rename(tmp_path / "issued.pem")
    counter = counter_for(world, tmp_path, certificate_file=str(issued))
    with counter.client:
        assert read(counter, links(counter)["certified"], authority).authenticated
    assert not (tmp_path / "requests.pem").exists()


def _another_host(files: Files) -> None:
    files.write(files.authority.certify(files.key, names=("other.example",)))


def _no_host(files: Files) -> None:
    files.write(files.authority.certify(files.key, names=()))


def _another_key(files: Files) -> None:
    files.write(key=ec.generate_private_key(ec.SECP256R1()))


def _rsa_key(files: Files) -> None:
    files.write(key=rsa.generate_private_key(65537, 2048))


def _rsa_certificate(files: Files) -> None:
    files.write(files.authority.certify(rsa.generate_private_key(65537, 2048), names=("localhost",)))


def _open_to_others(files: Files) -> None:
    files.write(mode=0o644)


def _no_certificate(files: Files) -> None:
    files.certificate_path.write_text("nothing")


def _no_key(files: Files) -> None:
    files.key_path.unlink()


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (_another_host, "does not name localhost"),
        (_no_host, "does not name localhost"),
        (_another_key, "is not for the key"),
        (_rsa_key, "neither on P-256 nor on P-384"),
        (_rsa_certificate, "is not for the key"),
        (_open_to_others, "chmod 600"),
        (_no_certificate, "no certificates in PEM"),
        (_no_key, "no private key in PEM"),
    ],
)
def test_files_that_do_not_fit_stop_the_start(
    world: World, tmp_path: Path, mistake: Callable[[Files], None], said: str
) -> None:
    files = Files(world, tmp_path)
    mistake(files)
    with pytest.raises(SettingsRefused, match=said):
        files.counter(world, tmp_path)
