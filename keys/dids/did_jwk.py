"""did:jwk: the identifier is a public JWK in base64url, so its document is worked out, never fetched."""

from __future__ import annotations

import json
from typing import Any

from contexts import DID_V1, JWK_V1
from contexts.strict_json import JsonRefused, parse
from keys.dids.document import SIGNING_RELATIONSHIPS, DidDocument
from keys.dids.errors import InvalidDid
from keys.dids.syntax import split_did
from keys.errors import InvalidKey
from keys.model import PublicKey
from keys.multibase import InvalidEncoding, decode_base64url, encode_base64url


def did_for(public_key: PublicKey) -> str:
    """The did:jwk of `public_key`, made of the required members in code point order."""
    text = json.dumps(public_key.jwk, sort_keys=True, separators=(",", ":"))
    return f"did:jwk:{encode_base64url(text.encode())}"


def verification_method_for(public_key: PublicKey) -> str:
    """The address of the one key of a did:jwk."""
    return f"{did_for(public_key)}#0"


def document(did: str) -> dict[str, Any]:
    """The document of `did`. Raises `InvalidDid`, also for a JWK with private members."""
    method, identifier = split_did(did)
    if method != "jwk":
        raise InvalidDid(did, "not a did:jwk")
    try:
        members = parse(decode_base64url(identifier))
        public_key = PublicKey.from_jwk(members)
    except (InvalidEncoding, JsonRefused, InvalidKey) as error:
        raise InvalidDid(did, str(error)) from error
    url = f"{did}#0"
    entry = {"id": url, "type": "JsonWebKey", "controller": did, "publicKeyJwk": public_key.jwk}
    return {
        "@context": [DID_V1, JWK_V1],
        "id": did,
        "verificationMethod": [entry],
        **{name: [url] for name in SIGNING_RELATIONSHIPS},
    }


def resolve(did: str) -> DidDocument:
    """The document of `did`, ready to be asked for its key. Raises `InvalidDid`."""
    return DidDocument.of(did, document(did))
