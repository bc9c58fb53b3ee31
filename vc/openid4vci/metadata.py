"""What an issuer and its authorization server publish about themselves (OpenID4VCI 1.0 section 12, RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vc.openid4vci.offer import PRE_AUTHORIZED_CODE
from vc.wire import UnreadableMessage, members, optional_text, required_text, texts

ISSUER_METADATA = "openid-credential-issuer"
AUTHORIZATION_SERVER_METADATA = "oauth-authorization-server"
OPENID_CONFIGURATION = "openid-configuration"
"""Where servers that also sign people in (OpenID Connect Discovery 1.0) publish the same, some of them only there."""
PROOF_SIGNING_ALGS = ("EdDSA", "ES256")
AUTHORIZATION_DETAIL = "openid_credential"
"""The type of authorization details (RFC 9396) by which a wallet may name what it wants (section 5.1.1)."""
BINDING_METHODS = ("did:key", "did:jwk")


def well_known_urls(identifier: str, name: str) -> tuple[str, ...]:
    """Return where the metadata `name` of `identifier` is served: the specification's form first.

    The specification puts the well-known part between host and path; some clients append it instead, so an
    issuer with a path serves both. Without a path the two are one.
    """
    parts = urlsplit(identifier)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    inserted = f"{origin}/.well-known/{name}{path}"
    return (inserted, f"{origin}{path}/.well-known/{name}") if path else (inserted,)


def credential_configuration(
    *,
    name: str | Mapping[str, str],
    context: Sequence[str],
    types: Sequence[str],
    cryptosuites: Sequence[str],
    scope: str | None = None,
    proof_signing_algs: Sequence[str] = PROOF_SIGNING_ALGS,
    di_vp_cryptosuites: Sequence[str] = (),
    claims: Sequence[Mapping[str, Any]] = (),
    bound: bool = True,
) -> dict[str, Any]:
    """Return one `ldp_vc` entry of `credential_configurations_supported`.

    `name` is what people read: one text, or one per language tag. `credential_metadata` is always present:
    without it widespread wallets take the issuer for an older draft (clients.md). `di_vp_cryptosuites`
    announces the `di_vp` proof type besides `jwt`. `bound` false: the credential is bound to no key of the wallet, so
    a request carries no proof (section 12.2.4).
    """
    proofs: dict[str, Any] = {"jwt": {"proof_signing_alg_values_supported": list(proof_signing_algs)}}
    if di_vp_cryptosuites:
        proofs["di_vp"] = {"proof_signing_alg_values_supported": list(di_vp_cryptosuites)}
    configuration: dict[str, Any] = {
        "format": "ldp_vc",
        "credential_definition": {"@context": list(context), "type": list(types)},
        "credential_signing_alg_values_supported": list(cryptosuites),
        "cryptographic_binding_methods_supported": list(BINDING_METHODS),
        "proof_types_supported": proofs,
        "credential_metadata": {"display": _display(name)},
    }
    if not bound:
        del configuration["cryptographic_binding_methods_supported"], configuration["proof_types_supported"]
    if scope is not None:
        configuration["scope"] = scope
    if claims:
        configuration["credential_metadata"]["claims"] = [dict(claim) for claim in claims]
    return configuration


def issuer_metadata(
    *,
    credential_issuer: str,
    credential_endpoint: str,
    nonce_endpoint: str | None,
    token_endpoint: str,
    configurations: Mapping[str, Mapping[str, Any]],
    name: str | Mapping[str, str],
    deferred_credential_endpoint: str | None = None,
    notification_endpoint: str | None = None,
    batch_size: int | None = None,
) -> dict[str, Any]:
    """Return the credential issuer metadata; the issuer is its own authorization server.

    `issuer`, `token_endpoint` and `authorization_details_types_supported` are repeated here because a widespread client
    reads them here.
    """
    metadata: dict[str, Any] = {
        "credential_issuer": credential_issuer,
        "credential_endpoint": credential_endpoint,
        "issuer": credential_issuer,
        "token_endpoint": token_endpoint,
        "authorization_details_types_supported": [AUTHORIZATION_DETAIL],
        "display": _display(name),
        "credential_configurations_supported": {key: dict(value) for key, value in configurations.items()},
    }
    if nonce_endpoint is not None:
        metadata["nonce_endpoint"] = nonce_endpoint
    if deferred_credential_endpoint is not None:
        metadata["deferred_credential_endpoint"] = deferred_credential_endpoint
    if notification_endpoint is not None:
        metadata["notification_endpoint"] = notification_endpoint
    if batch_size is not None:
        metadata["batch_credential_issuance"] = {"batch_size": batch_size}
    return metadata


def authorization_server_metadata(*, issuer: str, token_endpoint: str) -> dict[str, Any]:
    """Return RFC 8414 metadata of a server that knows the pre-authorized code grant, without client sign-in."""
    return {
        "issuer": issuer,
        "token_endpoint": token_endpoint,
        "grant_types_supported": [PRE_AUTHORIZED_CODE],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
        "authorization_details_types_supported": [AUTHORIZATION_DETAIL],
    }


@dataclass(frozen=True)
class CredentialConfiguration:
    """One kind of credential that an issuer offers, as far as a wallet needs to know it.

    `binding_methods`: none where the credential is bound to no key, so that a request carries no proof.
    """

    id: str
    format: str
    names: Mapping[str, str]
    binding_methods: tuple[str, ...]
    proof_signing_algs: tuple[str, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True)
class IssuerMetadata:
    """What a wallet needs of an issuer. Everything in it is the issuer's own claim."""

    credential_issuer: str
    credential_endpoint: str
    nonce_endpoint: str | None
    authorization_servers: tuple[str, ...]
    names: Mapping[str, str]
    configurations: Mapping[str, CredentialConfiguration]
    notification_endpoint: str | None = None


@dataclass(frozen=True)
class AuthorizationServerMetadata:
    """Where tokens are had."""

    issuer: str
    token_endpoint: str


def parse_issuer_metadata(document: object, *, credential_issuer: str) -> IssuerMetadata:
    """Read the metadata fetched for `credential_issuer`, which it must name byte for byte (section 12.2.4).

    Configurations of other shapes are left out rather than failing the rest. Raises `UnreadableMessage`.
    """
    metadata = members(document, "issuer metadata")
    if metadata.get("credential_issuer") != credential_issuer:
        raise UnreadableMessage("the metadata belongs to another `credential_issuer`")
    offered = members(metadata.get("credential_configurations_supported"), "credential_configurations_supported")
    configurations = {}
    for key, value in offered.items():
        with suppress(UnreadableMessage):
            configurations[key] = _configuration(key, members(value, key))
    return IssuerMetadata(
        credential_issuer,
        required_text(metadata, "credential_endpoint"),
        optional_text(metadata, "nonce_endpoint"),
        texts(metadata, "authorization_servers"),
        _names(metadata.get("display")),
        configurations,
        optional_text(metadata, "notification_endpoint"),
    )


def parse_authorization_server_metadata(document: object, *, issuer: str) -> AuthorizationServerMetadata:
    """Read the metadata fetched for the authorization server `issuer` (RFC 8414 section 3.3).

    Raises `UnreadableMessage`.
    """
    metadata = members(document, "authorization server metadata")
    if metadata.get("issuer") != issuer:
        raise UnreadableMessage("the metadata belongs to another `issuer`")
    return AuthorizationServerMetadata(issuer, required_text(metadata, "token_endpoint"))


def _configuration(key: str, document: Mapping[str, Any]) -> CredentialConfiguration:
    proof_types = members(document.get("proof_types_supported", {}), "proof_types_supported")
    jwt_proof = members(proof_types.get("jwt", {}), "proof_types_supported.jwt")
    described = document.get("credential_metadata")
    display = described.get("display") if isinstance(described, Mapping) else document.get("display")
    return CredentialConfiguration(
        key,
        required_text(document, "format"),
        _names(display),
        texts(document, "cryptographic_binding_methods_supported"),
        texts(jwt_proof, "proof_signing_alg_values_supported"),
        document,
    )


def _display(name: str | Mapping[str, str]) -> list[dict[str, str]]:
    if isinstance(name, str):
        return [{"name": name}]
    return [{"name": text, "locale": locale} for locale, text in name.items()]


def _names(display: object) -> dict[str, str]:
    """Names by language tag; the empty tag stands for a name without language. Odd entries are left out."""
    names: dict[str, str] = {}
    for entry in display if isinstance(display, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            locale = entry.get("locale")
            names.setdefault(locale if isinstance(locale, str) else "", entry["name"])
    return names
