"""IETF Token Status List (draft-ietf-oauth-status-list-21, 2026-11): issue and check.

The mirror image of the W3C list in its details: entries of 1, 2, 4 or 8 bits are packed from the *least* significant
bit, the bytes are compressed with zlib, and there is no minimum size. A Status List Token is a JWT of type
`statuslist+jwt` whose `sub` is its own address.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, TypeGuard

from keys import PublicKey
from keys.signers import Signer
from vc.errors import RangeError_, StatusVerificationError
from vc.jose import base64url, jws

TOKEN_TYPE = "statuslist+jwt"  # noqa: S105 - a media type, not a secret
MEDIA_TYPE = "application/statuslist+jwt"
ENTRY_BITS = (1, 2, 4, 8)
MAX_BYTES = 16 * 1024 * 1024
"""A longer list is refused while it is being unpacked."""
CLOCK_TOLERANCE = timedelta(seconds=60)


class TokenStatus(IntEnum):
    """The registered values (section 7.1); every other value is not valid."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


class TokenStatusList:
    """A list of `size` entries of `bits` each, all VALID at first."""

    def __init__(self, *, bits: int, size: int) -> None:
        if bits not in ENTRY_BITS:
            raise ValueError(f"an entry has 1, 2, 4 or 8 bits, not {bits}")
        self.bits = bits
        self._bytes = bytearray((size * bits + 7) // 8)

    def __len__(self) -> int:
        return len(self._bytes) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """Return the value at `index`. Raises `RangeError_` outside the list."""
        place, shift = self._locate(index)
        return self._bytes[place] >> shift & (1 << self.bits) - 1

    def __setitem__(self, index: int, value: int) -> None:
        place, shift = self._locate(index)
        mask = (1 << self.bits) - 1
        if not 0 <= value <= mask:
            raise ValueError(f"{value} does not fit into {self.bits} bits")
        self._bytes[place] = self._bytes[place] & ~(mask << shift) | value << shift

    def _locate(self, index: int) -> tuple[int, int]:
        if not 0 <= index < len(self):
            raise RangeError_(f"the list has {len(self)} entries; index {index} is outside")
        return divmod(index * self.bits, 8)

    def encoded(self) -> str:
        """Return `lst`: base64url of the zlib-compressed bytes (section 4.2)."""
        return base64url.encode(zlib.compress(bytes(self._bytes), 9))

    @classmethod
    def of(cls, values: Sequence[int], *, bits: int) -> TokenStatusList:
        """Return the list that holds `values` in their order."""
        status_list = cls(bits=bits, size=len(values))
        for index, value in enumerate(values):
            status_list[index] = value
        return status_list

    @classmethod
    def from_encoded(cls, lst: object, *, bits: object) -> TokenStatusList:
        """Read `lst` back. Raises `StatusVerificationError` when it is malformed or unpacks to too much."""
        if not isinstance(bits, int) or isinstance(bits, bool) or bits not in ENTRY_BITS or not isinstance(lst, str):
            raise StatusVerificationError("the status list is malformed")
        status_list = cls(bits=bits, size=0)
        status_list._bytes = bytearray(_inflate(lst))
        return status_list


@dataclass(frozen=True)
class StatusReference:
    """Where a token's status stands: the `status.status_list` claim (section 6.1)."""

    uri: str
    index: int

    def claim(self) -> dict[str, Any]:
        """Return the value of the `status` claim."""
        return {"status_list": {"idx": self.index, "uri": self.uri}}

    @classmethod
    def from_claim(cls, status: object) -> StatusReference:
        """Read the `status` claim. Raises `StatusVerificationError` when it is malformed or another mechanism."""
        entry = status.get("status_list") if isinstance(status, dict) else None
        if not isinstance(entry, dict):
            raise StatusVerificationError("the status mechanism is not one that is known here")
        index, uri = entry.get("idx"), entry.get("uri")
        if not isinstance(index, int) or isinstance(index, bool) or index < 0 or not isinstance(uri, str):
            raise StatusVerificationError("the status reference is malformed")
        return cls(uri, index)


def sign_list(
    status_list: TokenStatusList,
    *,
    uri: str,
    issuer: str,
    signer: Signer,
    kid: str,
    now: datetime,
    lifetime: timedelta,
    ttl: timedelta,
) -> str:
    """Return the Status List Token to be served at `uri` (section 5.1)."""
    claims = {
        "sub": uri,
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "ttl": int(ttl.total_seconds()),
        "status_list": {"bits": status_list.bits, "lst": status_list.encoded()},
    }
    return jws.sign(claims, signer=signer, typ=TOKEN_TYPE, kid=kid)


def check(
    reference: StatusReference, token: str, *, key: PublicKey, accepted_algs: frozenset[str], now: datetime
) -> int:
    """Return the status value that `token`, fetched from `reference.uri`, gives (section 8.3).

    The caller has validated the referencing token first, and found `key` among the keys of a signer it trusts for
    this list. Raises `StatusVerificationError` when the list does not hold, `RangeError_` outside it.
    """
    try:
        claims = jws.read(token, typ=TOKEN_TYPE).verify(key, accepted_algs=accepted_algs)
    except jws.InvalidJws as error:
        raise StatusVerificationError(f"the status list token does not hold: {error}") from error
    if claims.get("sub") != reference.uri:
        raise StatusVerificationError("the status list is another one than the token names")
    _check_freshness(claims, now)
    content = claims.get("status_list")
    if not isinstance(content, dict):
        raise StatusVerificationError("the status list token holds no list")
    return TokenStatusList.from_encoded(content.get("lst"), bits=content.get("bits"))[reference.index]


def _check_freshness(claims: Mapping[str, Any], now: datetime) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not _is_time(issued) or not (expires is None or _is_time(expires)):
        raise StatusVerificationError("the times of the status list are malformed")
    moment, tolerance = now.timestamp(), CLOCK_TOLERANCE.total_seconds()
    if issued > moment + tolerance:
        raise StatusVerificationError("the status list was made in the future")
    if expires is not None and expires <= moment - tolerance:
        raise StatusVerificationError("the status list has expired")


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _inflate(lst: str) -> bytes:
    try:
        engine = zlib.decompressobj()
        data = engine.decompress(base64url.decode(lst), MAX_BYTES)
    except (base64url.NotBase64Url, zlib.error) as error:
        raise StatusVerificationError(f"the status list cannot be unpacked: {error}") from error
    if engine.unconsumed_tail:
        raise StatusVerificationError(f"the status list unpacks to more than {MAX_BYTES} bytes")
    if not engine.eof or engine.unused_data:
        raise StatusVerificationError("the status list is cut short, or followed by something else")
    return data
