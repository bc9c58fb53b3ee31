"""Which 32 bytes are an Ed25519 public key worth having (V-KEY-1).

The library accepts points of small order, under which one signature fits every message, and notices only at
verification that bytes are no point at all. Both are refused here, when the key is read.
"""

from __future__ import annotations

from keys.errors import InvalidKey

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN_BIT = 1 << 255

# The y coordinates of the eight points whose order divides 8. The sign bit picks the x, and in
# encodings that are not canonical it is set for x = 0: so it is not looked at.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def check_point(raw: bytes) -> None:
    """Raise `InvalidKey` unless `raw` is the canonical encoding of a point of large order (RFC 8032, 5.1.3)."""
    y = int.from_bytes(raw, "little") & ~_SIGN_BIT
    if y % _P in _SMALL_ORDER_Y:
        raise InvalidKey("an Ed25519 point of small order")
    if y >= _P:
        raise InvalidKey("an Ed25519 point that is not encoded canonically")
    if not _is_square((y * y - 1) * (_D * y * y + 1) % _P):
        raise InvalidKey("not a point of the curve Ed25519")


def _is_square(number: int) -> bool:
    # u/v is a square exactly when u*v is; u = y^2-1 and v = d*y^2+1 are the two sides of x^2 = u/v
    return pow(number, (_P - 1) // 2, _P) in (0, 1)
