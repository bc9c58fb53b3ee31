"""Key proofs: the wallet shows that it holds the key that the credential is to be bound to (appendix F).

The credential is bound to what the proof proved, never to a key or DID named elsewhere in the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keys import InvalidKey, PublicKey, dids
from keys.dids import DidError, did_key
from keys.fetching import NoNetwork
from keys.signers import Signer
from vc.jose import jws
from vc.jose.claims import numeric_date
from vc.openid4vci.errors import ErrorName, Oid4vciError

KEY_PROOF_TYPE = "openid4vci-proof+jwt"
KEY_PROOF_AGE = timedelta(minutes=5)
CLOCK_TOLERANCE = timedelta(seconds=60)

_LOCAL_METHODS = ("did:key:", "did:jwk:")
_PRIVATE_JWK_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True)
class ProvenKey:
    """A key whose private half the wallet holds, and the DID that names it as subject of the credential."""

    public_key: PublicKey
    holder: str
    nonce: str


def make_key_proof(*, signer: Signer, audience: str, nonce: str | None, now: datetime) -> str:
    """Return the `jwt` key proof of a did:key holder for the credential issuer `audience`.

    `nonce` is None only for an issuer without nonce endpoint. No `iss`: the wallet is anonymous (F.1).
    """
    holder = did_key.did_for(signer.public_key)
    claims: dict[str, Any] = {"aud": audience, "iat": int(now.timestamp())}
    if nonce is not None:
        claims["nonce"] = nonce
    kid = f"{holder}#{holder.removeprefix('did:key:')}"
    return jws.sign(claims, signer=signer, typ=KEY_PROOF_TYPE, kid=kid)


def check_key_proof(
    jwt: object,
    *,
    audience: str,
    nonce_is_ours: Callable[[str], bool],
    now: datetime,
    accepted_algs: frozenset[str],
) -> ProvenKey:
    """Return the key that `jwt` proves possession of, for the credential issuer identifier `audience`.

    (1) the token is a signed token of the key proof type
    (2) its header names exactly one key: a did:key or did:jwk URL in `kid`, or a public `jwk`
    (3) the signature is that key's, with an accepted algorithm
    (4) `aud` is exactly this issuer, `iat` lies within the last five minutes, and `exp` and `nbf`, where a wallet adds
        them, hold (RFC 7519 section 4.1)
    (5) `nonce_is_ours(nonce)` says that the nonce was handed out here, is alive, and is spent now. It is
        asked last, so that a bad proof never burns a nonce

    Raises `Oid4vciError`: `invalid_nonce` for (5), `invalid_proof` for everything before, and for no nonce at all.
    """
    try:
        token = jws.read(jwt, typ=KEY_PROOF_TYPE)
        public_key, holder = _named_key(token.header)
        claims = token.verify(public_key, accepted_algs=accepted_algs)
    except (jws.InvalidJws, InvalidKey, DidError) as error:
        raise Oid4vciError(ErrorName.INVALID_PROOF, str(error)) from error
    _check_audience(claims, audience)
    _check_age(claims, now)
    return ProvenKey(public_key, holder, spend_nonce(claims.get("nonce"), nonce_is_ours))


def _named_key(header: Mapping[str, Any]) -> tuple[PublicKey, str]:
    """Return the key that the header names, and its DID; `kid` and `jwk` exclude each other."""
    named = {"kid", "jwk", "x5c"} & header.keys()
    if named == {"kid"}:
        return key_of_did_url(header["kid"])
    if named != {"jwk"}:
        raise jws.InvalidJws("the header names its key by exactly one of kid and jwk")
    jwk = header["jwk"]
    if not isinstance(jwk, Mapping) or _PRIVATE_JWK_MEMBERS & jwk.keys():
        raise jws.InvalidJws("the jwk in the header is not a public key")
    public_key = PublicKey.from_jwk(dict(jwk))
    return public_key, did_key.did_for(public_key)


def key_of_did_url(url: str) -> tuple[PublicKey, str]:
    """Return the key of a did:key or did:jwk URL. Other methods would need the network, and are refused."""
    did, _, fragment = url.partition("#")
    if not did.startswith(_LOCAL_METHODS):
        raise jws.InvalidJws("the key id is not a did:key or did:jwk URL")
    # A bare DID stands for its only key: wallets send it, and nothing else could be meant.
    default = "0" if did.startswith("did:jwk:") else did.removeprefix("did:key:")
    document = dids.resolve(did, fetcher=NoNetwork())
    method = document.verification_method(f"{did}#{fragment or default}", purpose="authentication")
    return method.public_key, did


def _check_audience(claims: Mapping[str, Any], audience: str) -> None:
    aud = claims.get("aud")
    if aud != audience and aud != [audience]:
        raise Oid4vciError(ErrorName.INVALID_PROOF, "the proof was made for another issuer")


def _check_age(claims: Mapping[str, Any], now: datetime) -> None:
    made = numeric_date(claims.get("iat"))
    ends, begins = (numeric_date(claims[name]) if name in claims else now for name in ("exp", "nbf"))
    if made is None or ends is None or begins is None:
        raise Oid4vciError(ErrorName.INVALID_PROOF, "`iat` is missing, or `iat`, `exp` or `nbf` no time")
    if not now - KEY_PROOF_AGE - CLOCK_TOLERANCE <= made <= now + CLOCK_TOLERANCE:
        raise Oid4vciError(ErrorName.INVALID_PROOF, "the proof is too old or made in the future")
    if ends <= now - CLOCK_TOLERANCE or begins > now + CLOCK_TOLERANCE:
        raise Oid4vciError(ErrorName.INVALID_PROOF, "the proof is no longer, or not yet, in force")


def spend_nonce(nonce: object, nonce_is_ours: Callable[[str], bool]) -> str:
    """Return the nonce once `nonce_is_ours` has spent it.

    Raises `Oid4vciError` (section 8.3.1.2): `invalid_proof` where there is none, `invalid_nonce` for one that does not
    count, which tells the wallet to get a new one.
    """
    if not isinstance(nonce, str):
        raise Oid4vciError(ErrorName.INVALID_PROOF, "the proof holds no nonce")
    if not nonce_is_ours(nonce):
        raise Oid4vciError(ErrorName.INVALID_NONCE, "the nonce is spent, expired or not ours")
    return nonce
