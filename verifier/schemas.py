"""The JSON Schemas that an operator carries for credentials that name one (`credentialSchema`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kit.settings import SettingsRefused
from vc import strict_json
from vc.errors import ParsingError
from vc.schemas import LARGEST_SCHEMA, LIMITS


def load_schemas(folder: str) -> Mapping[str, bytes]:
    """Return the schemas in the folder (`*.json`) by address: a schema's `$id`, a schema credential's `id`.

    None without a folder. Raises `SettingsRefused`.
    """
    if not folder:
        return {}
    if not Path(folder).is_dir():
        raise SettingsRefused(f"the schemas folder {folder} is not there")
    return dict(_addressed(file) for file in sorted(Path(folder).glob("*.json")))


def _addressed(file: Path) -> tuple[str, bytes]:
    try:
        data = file.read_bytes()
        content = strict_json.parse_object(data, limits=LIMITS)
    except (OSError, ParsingError) as error:
        raise SettingsRefused(f"the schema {file} cannot be read: {type(error).__name__}") from error
    address = content.get("$id", content.get("id"))
    if not isinstance(address, str) or len(data) > LARGEST_SCHEMA:
        raise SettingsRefused(f"the schema {file} has no $id, or more than {LARGEST_SCHEMA} bytes")
    return address, data
