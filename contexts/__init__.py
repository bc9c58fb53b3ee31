"""What the words mean: the JSON-LD contexts of this product, pinned by digest.

Nothing here is ever fetched. `load` and the PyLD loaders serve the files of the catalogue, each checked
against its digest when it is first read, and refuse every other address. This package imports no network
code and none of the packages above it.
"""

from __future__ import annotations

from contexts.catalogue import (
    CATALOGUE,
    CatalogueDamaged,
    ContextNotServed,
    DocumentLoader,
    Entry,
    Profile,
    PublishedBytes,
    Served,
    UnknownContext,
    definitions,
    digest,
    document_loader,
    document_loader_for,
    load,
    related_resource_digests,
)
from contexts.names import (
    CLR_V2,
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V2,
    DID_V1,
    EXAMPLES_V2,
    JWK_V1,
    MULTIKEY_V1,
    OPEN_BADGES_V3,
    OPEN_BADGES_V3_ALL,
    RECOGNITION_V1,
    UNDEFINED_TERMS_V2,
)

__all__ = [
    "CATALOGUE",
    "CLR_V2",
    "CREDENTIALS_V1",
    "CREDENTIALS_V2",
    "DATA_INTEGRITY_V2",
    "DID_V1",
    "EXAMPLES_V2",
    "JWK_V1",
    "MULTIKEY_V1",
    "OPEN_BADGES_V3",
    "OPEN_BADGES_V3_ALL",
    "RECOGNITION_V1",
    "UNDEFINED_TERMS_V2",
    "CatalogueDamaged",
    "ContextNotServed",
    "DocumentLoader",
    "Entry",
    "Profile",
    "PublishedBytes",
    "Served",
    "UnknownContext",
    "definitions",
    "digest",
    "document_loader",
    "document_loader_for",
    "load",
    "related_resource_digests",
]
