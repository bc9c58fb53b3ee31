"""Credential offers (OpenID4VCI 1.0 section 4): what an issuer puts into a link or a QR code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from vc import strict_json
from vc.errors import ParsingError
from vc.wire import UnreadableMessage, members, optional_text, required_text

PRE_AUTHORIZED_CODE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
OFFER_SCHEME = "openid-credential-offer"


@dataclass(frozen=True)
class TxCode:
    """A code that reaches the learner by another way; its mere presence means that one is needed (4.1.1)."""

    input_mode: str = "numeric"
    length: int | None = None
    description: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the `tx_code` member of the grant."""
        members = {"input_mode": self.input_mode, "length": self.length, "description": self.description}
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class CredentialOffer:
    """An offer of one or more credentials by one issuer, by the pre-authorized code grant.

    `pre_authorized_code` is None when the issuer only offers other grants, which we do not use.
    """

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized_code: str | None = None
    tx_code: TxCode | None = None
    authorization_server: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the offer as served at a `credential_offer_uri`."""
        offer: dict[str, Any] = {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.credential_configuration_ids),
        }
        if self.pre_authorized_code is not None:
            grant: dict[str, Any] = {"pre-authorized_code": self.pre_authorized_code}
            if self.tx_code is not None:
                grant["tx_code"] = self.tx_code.as_json()
            if self.authorization_server is not None:
                grant["authorization_server"] = self.authorization_server
            offer["grants"] = {PRE_AUTHORIZED_CODE: grant}
        return offer

    def link(self) -> str:
        """Return the `openid-credential-offer://` link that carries the offer by value."""
        offer = json.dumps(self.as_json(), separators=(",", ":"), ensure_ascii=False)
        return f"{OFFER_SCHEME}://?{urlencode({'credential_offer': offer})}"


@dataclass(frozen=True)
class OfferReference:
    """A link that only says where the offer can be fetched (GET, `application/json`)."""

    uri: str


def offer_link_by_reference(uri: str) -> str:
    """Return the link that points to an offer served at `uri`."""
    return f"{OFFER_SCHEME}://?{urlencode({'credential_offer_uri': uri})}"


def parse_offer_link(link: str) -> CredentialOffer | OfferReference:
    """Read an offer link of any scheme (wallets also register https links); exactly one of the two forms.

    Raises `UnreadableMessage`.
    """
    try:
        parts = urlsplit(link.strip())
        pairs = parse_qsl(parts.query, strict_parsing=True, max_num_fields=50)
    except ValueError as error:
        raise UnreadableMessage("not a credential offer link") from error
    by_value = [value for name, value in pairs if name == "credential_offer"]
    by_reference = [value for name, value in pairs if name == "credential_offer_uri"]
    if len(by_value) + len(by_reference) != 1:
        raise UnreadableMessage("an offer link carries one `credential_offer` or one `credential_offer_uri`")
    if by_reference:
        return OfferReference(by_reference[0])
    try:
        return parse_offer(strict_json.parse(by_value[0]))
    except ParsingError as error:
        raise UnreadableMessage("the credential offer is not acceptable JSON") from error


def parse_offer(document: object) -> CredentialOffer:
    """Return the offer that `document` makes; unknown members and grants are ignored.

    Raises `UnreadableMessage`.
    """
    if not isinstance(document, Mapping):
        raise UnreadableMessage("a credential offer is a JSON object")
    issuer, configurations = required_text(document, "credential_issuer"), _configuration_ids(document)
    grants = members(document.get("grants", {}), "grants")
    if PRE_AUTHORIZED_CODE not in grants:
        return CredentialOffer(issuer, configurations)
    grant = members(grants[PRE_AUTHORIZED_CODE], PRE_AUTHORIZED_CODE)
    return CredentialOffer(
        issuer,
        configurations,
        pre_authorized_code=required_text(grant, "pre-authorized_code"),
        tx_code=_tx_code(members(grant["tx_code"], "tx_code")) if "tx_code" in grant else None,
        authorization_server=optional_text(grant, "authorization_server"),
    )


def _configuration_ids(document: Mapping[str, Any]) -> tuple[str, ...]:
    ids = document.get("credential_configuration_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise UnreadableMessage("`credential_configuration_ids` is a non-empty list of names")
    if len(set(ids)) != len(ids):
        raise UnreadableMessage("`credential_configuration_ids` names one configuration twice")
    return tuple(ids)


def _tx_code(document: Mapping[str, Any]) -> TxCode:
    input_mode = document.get("input_mode", "numeric")
    if input_mode not in ("numeric", "text"):
        raise UnreadableMessage("`input_mode` is numeric or text")
    length = document.get("length")
    if length is not None and (not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= 100):
        raise UnreadableMessage("`length` of the code is a small positive number")
    description = optional_text(document, "description")
    if description is not None and len(description) > 300:
        raise UnreadableMessage("`description` of the code is longer than 300 characters")
    return TxCode(input_mode, length, description)
