"""Addresses of the contexts, under the names the rest of the code uses."""

from __future__ import annotations

from typing import Final

CREDENTIALS_V2: Final = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1: Final = "https://www.w3.org/2018/credentials/v1"
UNDEFINED_TERMS_V2: Final = "https://www.w3.org/ns/credentials/undefined-terms/v2"
EXAMPLES_V2: Final = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY_V2: Final = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1: Final = "https://w3id.org/security/multikey/v1"
JWK_V1: Final = "https://w3id.org/security/jwk/v1"
DID_V1: Final = "https://www.w3.org/ns/did/v1"

OPEN_BADGES_V3: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_V3_ALL: Final = (
    OPEN_BADGES_V3,
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
)
"""Newest first: the first is what we write, the others are what older badges carry."""

CLR_V2: Final = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"

RECOGNITION_V1: Final = "https://skills-passport.example/contexts/recognition/v1"
"""Our own: the terms of W3C Recognized Entities 1.0 (Working Draft), which publishes no context yet."""
