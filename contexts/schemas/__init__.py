"""JSON schemas that ship with the code, by address. Never fetched, as little as contexts are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from contexts.catalogue import CatalogueDamaged


class UnknownSchema(LookupError):
    """A schema address that is not in the catalogue. `url` is the address as asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(f"schema {url[:200]!a}: not in the catalogue")
        self.url = url


@dataclass(frozen=True)
class SchemaEntry:
    """One schema: its address, our file and its digest, where it comes from."""

    address: str
    file: str
    file_sha256: str
    source: str
    licence: str


def _package_bytes(name: str) -> bytes:
    return resources.files("contexts.schemas").joinpath(name).read_bytes()


SCHEMAS: Mapping[str, SchemaEntry] = MappingProxyType(
    {row["address"]: SchemaEntry(**row) for row in json.loads(_package_bytes("catalogue.json"))}
)


def schema(url: str) -> dict[str, Any]:
    """The JSON schema at `url`: a fresh copy. Raises `UnknownSchema`."""
    entry = SCHEMAS.get(url)
    if entry is None:
        raise UnknownSchema(url)
    data = _package_bytes(entry.file)
    if hashlib.sha256(data).hexdigest() != entry.file_sha256:
        raise CatalogueDamaged(f"{entry.file} is not the file that {entry.address} was catalogued with")
    document: dict[str, Any] = json.loads(data)
    return document
