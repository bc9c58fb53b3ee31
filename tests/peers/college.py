"""What both sides talk about: a college with a did:web, its badge, and a web that holds nothing else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import contexts
from keys import KeyType, PrivateKey
from keys.dids import PublishedKey, did_web
from keys.fetching import Fetched, FetchFailed
from vc.findings import Report
from vc.policy import PUBLIC, Anchors
from vc.proofs import data_integrity
from vc.proofs.suites import Suite
from vc.securing import EVERYTHING_READ
from vc.status import bitstring
from vc.verify import verify_credential

NOW = datetime.now(UTC).replace(microsecond=0)
CONTEXTS = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3]
COLLEGE = "https://college.example"
LISTS = {purpose: f"{COLLEGE}/status/{purpose}/1" for purpose in ("revocation", "suspension")}


class College:
    """An institution with a did:web, two status lists, and a way to sign."""

    def __init__(self, key_type: KeyType = KeyType.ED25519) -> None:
        self.key = PrivateKey.generate(key_type)
        self.did = did_web.did_for(COLLEGE)
        published = PublishedKey(self.key.public_key, fragment="key-1")
        self.method = published.id_under(self.did)
        self.document = did_web.document(self.did, methods=[published])
        self.bits = {purpose: bitstring.Bitstring() for purpose in LISTS}

    def sign(self, document: dict[str, Any], suite: str | Suite = "eddsa-rdfc-2022") -> dict[str, Any]:
        return data_integrity.sign(document, signer=self.key, verification_method=self.method, suite=suite, created=NOW)

    def published(self) -> dict[str, Any]:
        """Everything that this college has on the web, by address."""
        lists = {
            url: self.sign(
                bitstring.status_list_credential(
                    self.bits[purpose],
                    url=url,
                    issuer=self.did,
                    purpose=purpose,
                    valid_from=NOW - timedelta(minutes=1),
                    valid_until=NOW + timedelta(hours=1),
                )
            )
            for purpose, url in LISTS.items()
        }
        return {self.did: self.document, **lists}

    def on_the_web(self, **others: str) -> "Published":
        """The identifier document where a verifier fetches it, and `others` by address."""
        documents = {address: text.encode() for address, text in others.items()}
        return Published({did_web.document_url(self.did): json_bytes(self.document), **documents})


def badge(issuer: str, *, learner: str, status_index: int | None = None) -> dict[str, Any]:
    """An Open Badges 3.0 credential as a college hands it out: French text, alignment, a result."""
    document: dict[str, Any] = {
        "@context": CONTEXTS,
        "id": "urn:uuid:5f3f7cb4-5e0c-4a3f-9a80-5f1d0ac0a001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Collège du Nord"},
        "validFrom": "2026-06-12T15:00:00Z",
        "name": "Analyse de données 101",
        "credentialSubject": {
            "id": learner,
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{COLLEGE}/programmes/analyse-de-donnees",
                "type": ["Achievement"],
                "achievementType": "MicroCredential",
                "name": "Analyse de données 101",
                "description": "Nettoyer, décrire et présenter des données : « du fichier au constat ».",
                "criteria": {"narrative": "Réussir le projet final."},
                "inLanguage": "fr",
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "analyser des données",
                        "targetUrl": "http://data.europa.eu/esco/skill/2b92a5b2-6758-4ee3-9fb4-b6387a55cc8f",
                    }
                ],
                "resultDescription": [
                    {
                        "id": "urn:uuid:7d3f3c9e-55c3-4ab5-86b8-0f3d1d0a0002",
                        "type": ["ResultDescription"],
                        "name": "Note finale",
                        "resultType": "Percent",
                    }
                ],
            },
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": "urn:uuid:7d3f3c9e-55c3-4ab5-86b8-0f3d1d0a0002",
                    "value": "87",
                }
            ],
        },
    }
    if status_index is not None:
        document["credentialStatus"] = [
            bitstring.entry(list_url=url, index=status_index, purpose=purpose) for purpose, url in LISTS.items()
        ]
    return document


def vocabulary() -> dict[str, Any]:
    """Our bundled contexts, as the peer's document loader gets them."""
    return {url: contexts.load(url) for url in (*CONTEXTS, contexts.MULTIKEY_V1, contexts.DID_V1)}


class Published:
    """A web that holds exactly these documents."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        self.documents = documents

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:
        if len(self.documents.get(url, b"")) not in range(1, max_bytes + 1):
            raise FetchFailed(url, "not published, or too large")
        return Fetched(url, accept[0], self.documents[url])


def judged(credential: dict[str, Any] | str, web: Published | None = None) -> Report:
    """What our verifier says about a credential, by everything that it reads."""
    return verify_credential(
        credential,
        anchors=Anchors.none(),
        policy=PUBLIC,
        accepted_suites=EVERYTHING_READ,
        fetcher=web or Published({}),
        now=datetime.now(UTC),
    )


def json_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()
