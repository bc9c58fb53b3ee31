"""The catalogue serves what was published, from files that were not touched, and nothing else."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

import contexts
from contexts import Profile, Served
from contexts.catalogue import CatalogueDamaged, Entry, _text

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "contexts"
EVERY_PROFILE = {
    Served.ALWAYS: Profile.STANDARD,
    Served.TEST_SUITES: Profile.CONFORMANCE,
    Served.UNDEFINED_TERMS: Profile.UNDEFINED_TERMS,
}


NOT_CARRIED = {
    f"https://w3id.org/security/suites/{suite}/v1" for suite in ("jws-2020", "secp256k1-2019", "x25519-2019")
}
"""Of proof suites that are not read here."""


def published() -> list[dict[str, Any]]:
    index = VECTORS / "index.json"
    rows = json.loads(index.read_text()) if index.exists() else []
    return [row for row in rows if row["url"] not in NOT_CARRIED]


@pytest.mark.skipif(not published(), reason="the shared vectors are not beside this repository")
@pytest.mark.parametrize("row", published(), ids=lambda row: row["file"])
def test_contexts_mean_what_was_published(row: dict[str, Any]) -> None:
    entry = contexts.CATALOGUE[row["url"]]
    assert row["sha256"] in contexts.related_resource_digests(row["url"], superseded=True)
    if row["file"].startswith("superseded/"):
        return
    document = json.loads((VECTORS / row["file"]).read_text())
    assert contexts.load(row["url"], profile=EVERY_PROFILE[entry.served]) == document


@pytest.mark.parametrize("entry", contexts.CATALOGUE.values(), ids=lambda entry: entry.file)
def test_every_file_is_the_one_catalogued(entry: Entry) -> None:
    data = resources.files("contexts").joinpath("files", entry.file).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry.file_sha256
    assert entry.source
    assert entry.licence
    assert len(contexts.digest(entry.address)) == 64


def test_every_file_is_in_the_catalogue() -> None:
    files = {file.name for file in resources.files("contexts").joinpath("files").iterdir()}
    assert files == {entry.file for entry in contexts.CATALOGUE.values()}


def test_a_changed_file_is_noticed_when_it_is_read() -> None:
    entry = contexts.CATALOGUE[contexts.CREDENTIALS_V2]
    changed = Entry(**{**vars(entry), "file_sha256": "0" * 64})
    with pytest.raises(CatalogueDamaged):
        _text(changed)


def test_the_two_published_byte_sequences_of_the_base_context_are_known() -> None:
    now = contexts.related_resource_digests(contexts.CREDENTIALS_V2)
    assert {digest[:8] for digest in now if len(digest) == 64} == {"59955ced"}
    digests = contexts.related_resource_digests(contexts.CREDENTIALS_V2, superseded=True)
    assert {digest[:8] for digest in digests if len(digest) == 64} == {"59955ced", "24a18c90"}
    assert contexts.digest(contexts.CREDENTIALS_V2).startswith("59955ced")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/ns/credentials/v2/",
        "https://www.w3.org/ns/credentials/v2#",
        "https://www.w3.org/ns/credentials/V2",
        "http://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/v2 ",
        "https://www.w3.org/ns/credentials/v2\u200b",
        "https://www.w3.org/ns/%63redentials/v2",
        "https://www.w3.org:443/ns/credentials/v2",
        "https://w3.org/ns/credentials/v2",
        "file:///etc/passwd",
        "data:application/ld+json,{}",
        "../catalogue.json",
        "",
    ],
)
def test_V_LD_2_look_alike_addresses_are_refused(url: str) -> None:
    with pytest.raises(contexts.UnknownContext) as refused:
        contexts.load(url)
    assert refused.value.url == url
    with pytest.raises(contexts.UnknownContext):
        contexts.document_loader(url, {})
    with pytest.raises(contexts.UnknownContext):
        contexts.digest(url)


@pytest.mark.parametrize(
    ("url", "profiles"),
    [
        (contexts.UNDEFINED_TERMS_V2, {Profile.UNDEFINED_TERMS}),
        (contexts.EXAMPLES_V2, {Profile.CONFORMANCE, Profile.CONFORMANCE_ANY_DIRECTION}),
    ],
)
def test_V_LD_2_contexts_that_define_every_word_are_served_on_request_only(url: str, profiles: set[Profile]) -> None:
    for other in set(Profile) - profiles:
        with pytest.raises(contexts.ContextNotServed):
            contexts.load(url, profile=other)
    assert all("@vocab" in contexts.load(url, profile=profile)["@context"] for profile in profiles)


def test_what_one_caller_changes_no_other_caller_sees() -> None:
    mine = contexts.load(contexts.CREDENTIALS_V2)
    mine["@context"].clear()
    loaded = contexts.document_loader(contexts.CREDENTIALS_V2, {})
    loaded["document"]["@context"]["name"] = "https://attacker.example/name"
    assert contexts.load(contexts.CREDENTIALS_V2)["@context"]["name"] == "https://schema.org/name"


class TestWithPyLD:
    def expand(self, document: dict[str, Any], profile: Profile = Profile.STANDARD) -> list[Any]:
        loader = contexts.document_loader_for(profile)
        result: list[Any] = jsonld.expand(document, {"documentLoader": loader, "base": None})
        return result

    def test_V_LD_2_an_unknown_context_stops_expansion(self) -> None:
        with pytest.raises(jsonld.JsonLdError) as stopped:
            self.expand({"@context": "https://attacker.example/v1", "name": "x"})
        assert isinstance(stopped.value.__cause__, jsonld.JsonLdError | contexts.UnknownContext)

    def test_V_LD_2_an_imported_context_stops_expansion(self) -> None:
        with pytest.raises(jsonld.JsonLdError):
            self.expand({"@context": {"@version": 1.1, "@import": "https://attacker.example/v1"}, "name": "x"})

    def test_V_LD_2_pylds_cache_does_not_hand_on_what_only_the_suites_may_have(self) -> None:
        document = {"@context": contexts.EXAMPLES_V2, "anything": "x"}
        assert self.expand(document, Profile.CONFORMANCE)
        with pytest.raises(jsonld.JsonLdError):
            self.expand(document)

    @pytest.mark.parametrize("url", [u for u, e in contexts.CATALOGUE.items() if e.served is Served.ALWAYS])
    def test_every_context_can_be_processed(self, url: str) -> None:
        self.expand({"@context": url, "id": "urn:uuid:1"})


def test_V_SSRF_3_no_network_code_is_in_reach() -> None:
    program = (
        "import sys, contexts, contexts.strict_json; contexts.load(contexts.CREDENTIALS_V2); "
        "network = {'socket', 'ssl', 'http.client', 'urllib.request', 'requests', 'httpx'}; "
        "print(sorted(network & sys.modules.keys()))"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
