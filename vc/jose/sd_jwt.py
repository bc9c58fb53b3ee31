"""Selective Disclosure for JWTs (RFC 9901): issue, present with key binding, verify.

    text = issue(claims, disclosable=[("given_name",), ("degrees", 0)], signer=..., typ="dc+sd-jwt", kid=...)
    shown = present(text, disclose=[("given_name",)], binding=...)         # the holder
    claims = read(shown, typ="dc+sd-jwt").verify(key, accepted_algs=..., key_binding=RequireKeyBinding(...))

Digests are taken over the text as it was received, never over a re-serialised form. Whether key binding is needed
is the caller's required word (`RequireKeyBinding` or `NO_KEY_BINDING`), never concluded from what the token carries.
Only the compact form is read: JSON serialisations are refused (V-JWT-6).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keys import InvalidKey, PublicKey
from keys.signers import Signer
from vc import strict_json
from vc.errors import ParsingError
from vc.jose import base64url, jws

Path = tuple[str | int, ...]
"""Where a claim stands: member names and array positions, from the top."""

HASHES: Mapping[str, str] = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
"""The `_sd_alg` values that are read (RFC 9901 section 4.1.1)."""

KEY_BINDING_TYPE = "kb+jwt"
MAX_DISCLOSURES = 500
MAX_DEPTH = 32
SALT_BYTES = 16

NEVER_DISCLOSABLE = frozenset({"_sd", "...", "_sd_alg", "iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
"""Names that a disclosure may not carry at the top: they decide validity (RFC 9901 section 9.7, SD-JWT VC 2.2.2)."""


class InvalidSdJwt(jws.InvalidJws):
    """The SD-JWT is malformed, or does not hold what it must; the message says why."""


class TooManyDisclosures(InvalidSdJwt):
    """It brings more than `MAX_DISCLOSURES`; none of them was opened."""


@dataclass(frozen=True)
class RequireKeyBinding:
    """The verifier's demand: a fresh key-binding JWT for this audience and nonce (RFC 9901 section 7.3)."""

    audience: str
    nonce: str
    now: datetime
    max_age: timedelta = timedelta(minutes=5)
    accepted_algs: frozenset[str] = frozenset({"EdDSA", "ES256", "ES384"})


class NoKeyBinding:
    """The verifier asks nobody to prove possession; a key-binding JWT that comes along is refused."""


NO_KEY_BINDING = NoKeyBinding()


@dataclass(frozen=True)
class HolderBinding:
    """What the holder signs a presentation with, and for whom."""

    signer: Signer
    audience: str
    nonce: str
    now: datetime


@dataclass(frozen=True)
class UnverifiedSdJwt:
    """A well-formed SD-JWT; nothing in it is proven until `verify` returned."""

    jwt: jws.UnverifiedJws
    jwt_text: str
    disclosures: tuple[str, ...]
    kb_jwt: str | None

    @property
    def text_without_binding(self) -> str:
        """`<JWT>~<D1>~…~`: what `sd_hash` is taken over."""
        return "~".join((self.jwt_text, *self.disclosures, ""))

    def unverified_claims(self) -> dict[str, Any]:
        """Return the disclosed claims before any check, for finding out whose key to ask for.

        Raises `InvalidSdJwt` when a disclosure is malformed or belongs to no digest.
        """
        payload = self.jwt.unverified_claims()
        return _Unpacking(_hash_name(payload), self.disclosures).claims(payload)

    def check_nothing_withheld(self, names: frozenset[str], *, but_whole: frozenset[str] = frozenset()) -> None:
        """Raises `InvalidSdJwt` where one of the claims `names`, or a part of one, can be withheld or was disclosed.

        A claim that decides whether the rest counts (a status, an end) is no use if its holder may leave it out.
        `but_whole`: those of them without which the rest is not read at all; disclosed whole, they do no harm.
        """
        payload = self.jwt.unverified_claims()
        unpacking = _Unpacking(_hash_name(payload), self.disclosures)
        unpacking.claims(payload)
        harmless = {(name,) for name in but_whole if not _withholds(_disclosed_member(unpacking, name))}
        disclosed = any(at[0] in names and at not in harmless for at in unpacking.found)
        if disclosed or any(_withholds(payload.get(name)) for name in names):
            raise InvalidSdJwt("a claim that decides about the others may be withheld")

    def verify(
        self,
        key: PublicKey,
        *,
        accepted_algs: frozenset[str],
        key_binding: RequireKeyBinding | NoKeyBinding,
    ) -> dict[str, Any]:
        """Return the disclosed claims, `_sd`, `_sd_alg` and undisclosed array places removed.

        Raises `InvalidSdJwt` (or `InvalidJws`) when the signature, a disclosure or the key binding does not hold.
        Issuer, dates and status are the caller's part.
        """
        payload = self.jwt.verify(key, accepted_algs=accepted_algs)
        hash_name = _hash_name(payload)
        claims = _Unpacking(hash_name, self.disclosures).claims(payload)
        if isinstance(key_binding, RequireKeyBinding):
            self._check_key_binding(claims, hash_name, key_binding)
        elif self.kb_jwt is not None:
            raise InvalidSdJwt("a key binding that nobody asked for cannot be checked")
        return claims

    def _check_key_binding(self, claims: Mapping[str, Any], hash_name: str, wanted: RequireKeyBinding) -> None:
        if self.kb_jwt is None:
            raise InvalidSdJwt("the key binding is missing")
        token = jws.read(self.kb_jwt, typ=KEY_BINDING_TYPE)
        binding = token.verify(_holder_key(claims), accepted_algs=wanted.accepted_algs)
        if binding.get("aud") != wanted.audience:
            raise InvalidSdJwt("the key binding is meant for another audience")
        if binding.get("nonce") != wanted.nonce:
            raise InvalidSdJwt("the key binding answers another nonce")
        if binding.get("sd_hash") != _digest(hash_name, self.text_without_binding):
            raise InvalidSdJwt("the key binding covers other disclosures")
        issued = binding.get("iat")
        if not isinstance(issued, int) or isinstance(issued, bool):
            raise InvalidSdJwt("the key binding says not when it was made")
        age = wanted.now.timestamp() - issued
        if not -60 <= age <= wanted.max_age.total_seconds():
            raise InvalidSdJwt("the key binding is not fresh")


def read(text: object, *, typ: str | frozenset[str]) -> UnverifiedSdJwt:
    """Return the parts of a compact SD-JWT whose issuer-signed JWT is of type `typ`.

    Raises `InvalidSdJwt` when it is none, or when it has more than `MAX_DISCLOSURES`.
    """
    if not isinstance(text, str) or len(text) > jws.MAX_LENGTH or "~" not in text:
        raise InvalidSdJwt("not a compact SD-JWT")
    jwt_text, *disclosures, last = text.split("~")
    if len(disclosures) > MAX_DISCLOSURES:
        raise TooManyDisclosures(f"more than {MAX_DISCLOSURES} disclosures")
    return UnverifiedSdJwt(jws.read(jwt_text, typ=typ), jwt_text, tuple(disclosures), last or None)


def issue(
    claims: Mapping[str, Any],
    *,
    disclosable: Iterable[Path],
    signer: Signer,
    typ: str,
    kid: str | None = None,
    header: Mapping[str, Any] | None = None,
    decoys: int = 0,
    new_salt: Callable[[], str] | None = None,
) -> str:
    """Return `claims` as an SD-JWT in which each of `disclosable` can be shown or withheld on its own.

    A path inside another one makes a recursive disclosure. `decoys` digests of nothing are added at the top, so
    that the number of withheld claims does not show. Raises `ValueError` for a path that leads nowhere or names a
    claim that may never be withheld.
    """
    salt = new_salt or (lambda: secrets.token_urlsafe(SALT_BYTES))
    payload = json.loads(json.dumps(claims))
    disclosures: list[str] = []
    for path in sorted(set(disclosable), key=len, reverse=True):
        disclosures.append(_withhold(payload, path, salt()))
    digests = payload.setdefault("_sd", []) if decoys else payload.get("_sd", [])
    digests.extend(_digest("sha256", salt()) for _ in range(decoys))
    _sort_digests(payload)
    if disclosures or decoys:
        payload["_sd_alg"] = "sha-256"
    token = jws.sign(payload, signer=signer, typ=typ, kid=kid, header=header)
    return "~".join((token, *reversed(disclosures), ""))


def present(text: str, *, disclose: Iterable[Path], typ: str, binding: HolderBinding | None) -> str:
    """Return the presentation of an SD-JWT that shows only the claims at `disclose` (and what encloses them).

    Raises `InvalidSdJwt` when the text is none, `ValueError` when a path names nothing that can be disclosed.
    """
    issued = read(text, typ=typ)
    payload = issued.jwt.unverified_claims()
    unpacking = _Unpacking(_hash_name(payload), issued.disclosures)
    unpacking.claims(payload)
    wanted: set[str] = set()
    for path in disclose:
        if path not in unpacking.found:
            raise ValueError(f"nothing to disclose at {path}")
        wanted.update(shown for at, shown in unpacking.found.items() if path[: len(at)] == at)
    kept = tuple(disclosure for disclosure in issued.disclosures if disclosure in wanted)
    shown = "~".join((issued.jwt_text, *kept, ""))
    return shown + (_key_binding(shown, _hash_name(payload), binding) if binding else "")


def _key_binding(shown: str, hash_name: str, binding: HolderBinding) -> str:
    claims = {
        "iat": int(binding.now.astimezone(UTC).timestamp()),
        "aud": binding.audience,
        "nonce": binding.nonce,
        "sd_hash": _digest(hash_name, shown),
    }
    return jws.sign(claims, signer=binding.signer, typ=KEY_BINDING_TYPE)


class _Unpacking:
    """Puts the disclosed claims back where their digests stand (RFC 9901 section 7.1, step 3), from outside in."""

    def __init__(self, hash_name: str, disclosures: Sequence[str]) -> None:
        if len(set(disclosures)) != len(disclosures):
            raise InvalidSdJwt("a disclosure comes twice")
        self._by_digest = {_digest(hash_name, disclosure): disclosure for disclosure in disclosures}
        self._seen: set[str] = set()
        self._used: set[str] = set()
        self.found: dict[Path, str] = {}

    def claims(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        plain = self._object({name: value for name, value in payload.items() if name != "_sd_alg"}, ())
        if len(self._used) != len(self._by_digest):
            raise InvalidSdJwt("a disclosure belongs to no digest")
        return plain

    def _value(self, value: Any, at: Path) -> Any:
        if len(at) > MAX_DEPTH:
            raise InvalidSdJwt("the claims are nested too deeply")
        if isinstance(value, dict):
            return self._object(value, at)
        if isinstance(value, list):
            return self._array(value, at)
        return value

    def _object(self, value: Mapping[str, Any], at: Path) -> dict[str, Any]:
        if "..." in value or "_sd_alg" in value:
            raise InvalidSdJwt("a reserved name stands where it may not")
        plain = {name: self._value(item, (*at, name)) for name, item in value.items() if name != "_sd"}
        digests = value.get("_sd", [])
        if not isinstance(digests, list):
            raise InvalidSdJwt("_sd is not an array")
        for digest in digests:
            disclosure = self._disclosed(digest)
            if disclosure is None:
                continue
            name, item = _member(disclosure)
            if name in plain:
                raise InvalidSdJwt(f"the disclosure of {name!r} would replace a claim")
            if not at and name in NEVER_DISCLOSABLE:
                raise InvalidSdJwt(f"{name!r} may not be a disclosure")
            self.found[(*at, name)] = disclosure
            plain[name] = self._value(item, (*at, name))
        return plain

    def _array(self, value: Sequence[Any], at: Path) -> list[Any]:
        plain: list[Any] = []
        for place, item in enumerate(value):
            if not (isinstance(item, dict) and "..." in item):
                plain.append(self._value(item, (*at, place)))
                continue
            if set(item) != {"..."}:
                raise InvalidSdJwt("an array digest has company")
            disclosure = self._disclosed(item["..."])
            if disclosure is not None:
                self.found[(*at, place)] = disclosure
                plain.append(self._value(_element(disclosure), (*at, place)))
        return plain

    def _disclosed(self, digest: Any) -> str | None:
        if not isinstance(digest, str):
            raise InvalidSdJwt("a digest is not text")
        if digest in self._seen:
            raise InvalidSdJwt("a digest stands twice")
        self._seen.add(digest)
        disclosure = self._by_digest.get(digest)
        if disclosure is not None:
            self._used.add(digest)
        return disclosure


def _parts(disclosure: str, count: int) -> list[Any]:
    try:
        parts = strict_json.parse(base64url.decode(disclosure))
    except (base64url.NotBase64Url, ParsingError) as error:
        raise InvalidSdJwt(f"a disclosure cannot be read: {error}") from error
    if not isinstance(parts, list) or len(parts) != count or not isinstance(parts[0], str):
        raise InvalidSdJwt(f"a disclosure here is an array of {count} that begins with a salt")
    return parts


def _member(disclosure: str) -> tuple[str, Any]:
    _, name, value = _parts(disclosure, 3)
    if not isinstance(name, str) or name in ("_sd", "..."):
        raise InvalidSdJwt("a disclosure carries a reserved or ill-typed name")
    return name, value


def _disclosed_member(unpacking: _Unpacking, name: str) -> Any:
    disclosure = unpacking.found.get((name,))
    return None if disclosure is None else _member(disclosure)[1]


def _element(disclosure: str) -> Any:
    return _parts(disclosure, 2)[1]


def _hash_name(payload: Mapping[str, Any]) -> str:
    named = payload.get("_sd_alg", "sha-256")
    if not isinstance(named, str) or named not in HASHES:
        raise InvalidSdJwt("the hash algorithm of the disclosures is not accepted")
    return HASHES[named]


def _digest(hash_name: str, text: str) -> str:
    try:
        return base64url.encode(hashlib.new(hash_name, text.encode("ascii")).digest())
    except UnicodeEncodeError as error:
        raise InvalidSdJwt("a disclosure is not base64url") from error


def _holder_key(claims: Mapping[str, Any]) -> PublicKey:
    confirmation = claims.get("cnf")
    if not isinstance(confirmation, dict) or set(confirmation) != {"jwk"} or not isinstance(confirmation["jwk"], dict):
        raise InvalidSdJwt("the credential is bound to no holder key")
    try:
        return PublicKey.from_jwk(confirmation["jwk"])
    except InvalidKey as error:
        raise InvalidSdJwt(f"the holder key is not acceptable: {error}") from error


def _withhold(payload: Any, path: Path, salt: str) -> str:
    """Replace the claim at `path` by its digest and return its disclosure."""
    *parents, last = path
    if len(path) == 1 and last in NEVER_DISCLOSABLE:
        raise ValueError(f"{last!r} may not be withheld")
    container = payload
    try:
        for part in parents:
            container = container[part]
        value = container[last]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"nothing stands at {path}") from error
    if isinstance(container, list):
        disclosure = _encoded([salt, value])
        container[int(last)] = {"...": _digest("sha256", disclosure)}
    else:
        disclosure = _encoded([salt, last, value])
        del container[last]
        container.setdefault("_sd", []).append(_digest("sha256", disclosure))
    return disclosure


def _withholds(value: Any) -> bool:
    """Whether a digest stands in the place of something inside `value`."""
    if isinstance(value, dict):
        return "_sd" in value or "..." in value or any(map(_withholds, value.values()))
    return isinstance(value, list) and any(map(_withholds, value))


def _sort_digests(value: Any) -> None:
    """Sort every `_sd`, so that its order says nothing about the claims' (RFC 9901 section 4.2.4.1)."""
    if isinstance(value, dict):
        if "_sd" in value:
            value["_sd"].sort()
        value = value.values()
    elif not isinstance(value, list):
        return
    for item in value:
        _sort_digests(item)


def _encoded(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64url.encode(text.encode("utf-8"))
