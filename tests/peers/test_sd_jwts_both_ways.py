"""SD-JWTs and token status lists, with the OpenWallet Foundation's libraries.

There are three parts to play: issuer, holder, verifier. Each is played by `Ours` and by `Theirs`, in every mix but our
own company, with decoys, recursive disclosures, places in a list, and a holder's key binding.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pytest

from keys import KeyType, PrivateKey, PublicKey
from keys.dids import did_jwk
from tests.node import Peer
from tests.peers.altering import altered, reworded
from tests.peers.college import COLLEGE, NOW, College, Published, badge, judged
from vc.errors import StatusVerificationError
from vc.findings import Report
from vc.jose import base64url, jws, sd_jwt, sd_jwt_vc
from vc.jose.envelopes import VC_SD_JWT
from vc.jose.sd_jwt import HolderBinding, Path, RequireKeyBinding
from vc.policy import Anchors
from vc.status import token_list
from vc.status.token_list import StatusReference, TokenStatus, TokenStatusList

SECONDS = int(NOW.timestamp())
LEARNER = "did:example:learner"
EMPLOYER = "https://employer.example"
NONCE = "n-0S6_WzA2Mj"
VCT = "https://skills.example/types/badge"
LIST = f"{COLLEGE}/status/1"
KEY_TYPES = [KeyType.ED25519, KeyType.P256, KeyType.P384]
ALGS = [jws.ALGORITHMS[key_type] for key_type in KEY_TYPES]
PLAYERS = [parts for parts in itertools.product(("ours", "theirs"), repeat=3) if "theirs" in parts]

BOUND = {"aud": EMPLOYER, "nonce": NONCE, "iat": SECONDS}
RESULT: Path = ("credentialSubject", "result")
ACHIEVEMENT: Path = ("credentialSubject", "achievement")
CRITERIA: Path = (*ACHIEVEMENT, "criteria")
CLAIMS = {
    "name": "Analyse de données 101",
    "results": [{"value": "87"}, {"value": "Réussi"}],
    "place": {"city": "Alma"},
}
CLAIM_PATHS: list[Path] = [("name",), ("results",), ("results", 0), ("place",), ("place", "city")]
DECOYS = 3


# --- the players ---


class Player(Protocol):
    """Whoever has a key and an SD-JWT library. `did` is a did:jwk, and `jwk` its public key."""

    did: str
    jwk: dict[str, Any]

    def issue(self, payload: dict[str, Any], typ: str, withheld: Iterable[Path]) -> str:
        """`payload` as an SD-JWT, in which `withheld` can be disclosed one by one."""
        ...

    def present(self, token: str, typ: str, shown: Iterable[Path], *, bound: bool) -> str:
        """The presentation, with a key binding for employer and nonce if `bound`."""
        ...

    def seen(self, token: str, typ: str, issuer: "Player", nonce: str | None) -> Mapping[str, Any] | None:
        """What a verifier takes from it, who asks for a key binding if there is a `nonce`. None: it does not hold."""
        ...


class Ours:
    """This engine."""

    def __init__(self) -> None:
        self.key = PrivateKey.generate(KeyType.P256)
        self.did = did_jwk.did_for(self.key.public)
        self.jwk = self.key.public.jwk

    def issue(self, payload: dict[str, Any], typ: str, withheld: Iterable[Path]) -> str:
        kid = did_jwk.verification_method_for(self.key.public)
        return sd_jwt.issue(payload, disclosable=withheld, signer=self.key, typ=typ, kid=kid, decoys=DECOYS)

    def present(self, token: str, typ: str, shown: Iterable[Path], *, bound: bool) -> str:
        binding = HolderBinding(signer=self.key, audience=EMPLOYER, nonce=NONCE, now=NOW) if bound else None
        return sd_jwt.present(token, disclose=shown, typ=typ, binding=binding)

    def seen(self, token: str, typ: str, issuer: Player, nonce: str | None) -> Mapping[str, Any] | None:
        if nonce is None:
            report = judged(token)
            return report.credential if report.verified else None
        wanted = RequireKeyBinding(audience=EMPLOYER, nonce=nonce, now=NOW)
        try:
            key, read = PublicKey.from_jwk(issuer.jwk), sd_jwt.read(token, typ=typ)
            return read.verify(key, accepted_algs=frozenset(ALGS), key_binding=wanted)
        except jws.InvalidJws:
            return None


@dataclass
class Theirs:
    """The peer, asked through `tokens.mjs`."""

    tokens: Peer
    did: str
    method: str
    jwk: dict[str, Any]
    secret: dict[str, Any]

    @classmethod
    def new(cls, tokens: Peer, alg: str = "ES256") -> "Theirs":
        return cls(tokens, **tokens("new-key", alg=alg))

    def issue(self, payload: dict[str, Any], typ: str, withheld: Iterable[Path]) -> str:
        asked = {"header": {"typ": typ, "kid": self.method}, "payload": payload, "frame": withholding(withheld)}
        return str(self.tokens("issue-sd-jwt", **asked, secret=self.secret)["token"])

    def present(self, token: str, typ: str, shown: Iterable[Path], *, bound: bool) -> str:  # noqa: ARG002 (protocol)
        asked = {"token": token, "frame": showing(shown), "binding": BOUND if bound else None}
        return str(self.tokens("present-sd-jwt", **asked, secret=self.secret)["token"])

    def seen(self, token: str, typ: str, issuer: Player, nonce: str | None) -> Mapping[str, Any] | None:
        bound = {"audience": EMPLOYER, "nonce": nonce} if nonce else {}
        answer = self.tokens("verify-sd-jwt", token=token, jwk=issuer.jwk, typ=typ, **bound)
        return answer["payload"] if answer["verified"] else None


def withholding(paths: Iterable[Path]) -> dict[str, Any]:
    """The peer's word for paths that can be withheld: `_sd` lists the names at each place."""
    frame: dict[str, Any] = {"_sd_decoy": DECOYS}
    for path in paths:
        at = _place(frame, path)
        at["_sd"] = [*at.get("_sd", []), path[-1]]
    return frame


def showing(paths: Iterable[Path]) -> dict[str, Any]:
    """The peer's word for paths that are shown."""
    frame: dict[str, Any] = {}
    for path in paths:
        _place(frame, path)[str(path[-1])] = True
    return frame


def _place(frame: dict[str, Any], path: Path) -> dict[str, Any]:
    for step in path[:-1]:
        frame = frame.setdefault(str(step), {})
    return frame


@pytest.fixture
def players(tokens: Peer, request: pytest.FixtureRequest) -> list[Player]:
    return [Ours() if name == "ours" else Theirs.new(tokens) for name in request.param]


in_every_mix = pytest.mark.parametrize("players", PLAYERS, ids="-".join, indirect=True)


# --- SD-JWT ---


@in_every_mix
def test_vc_sd_jwt(players: list[Player]) -> None:
    """Recursive disclosures: the criteria stand inside the achievement, which may be withheld itself.

    A disclosure that belongs to no digest is to be refused (RFC 9901, section 7.1, step 5), and is here. The peer
    passes over it, so that there an altered disclosure is merely not shown.
    """
    issuer, holder, verifier = players
    document = badge(issuer.did, learner=LEARNER)
    token = issuer.issue(document | {"iss": issuer.did}, "vc+sd-jwt", [RESULT, ACHIEVEMENT, CRITERIA])
    shown = holder.present(token, "vc+sd-jwt", [CRITERIA], bound=False)

    def seen(text: str) -> Mapping[str, Any] | None:
        return verifier.seen(text, "vc+sd-jwt", issuer, None)

    told = seen(shown)
    assert told is not None
    assert told["credentialSubject"]["achievement"] == document["credentialSubject"]["achievement"]
    assert "result" not in told["credentialSubject"]
    assert seen(altered(shown, "Nord", "Sud")) is None
    other = seen(with_other_criteria(shown))
    if isinstance(verifier, Ours):
        assert other is None
    else:
        assert other is None or "criteria" not in other["credentialSubject"]["achievement"]


def with_other_criteria(token: str) -> str:
    """The disclosure of the criteria says something else; nothing that is signed has changed."""
    signed, *disclosures, binding = token.split("~")
    place = next(n for n, one in enumerate(disclosures) if b"projet final" in base64url.decode(one))
    disclosures[place] = reworded(disclosures[place], "projet final", "premier projet")
    return "~".join((signed, *disclosures, binding))


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "dc+sd-jwt"])
@in_every_mix
def test_key_binding(players: list[Player], typ: str) -> None:
    """A place in a list is withheld, and what is shown is bound to employer and nonce."""
    issuer, holder, verifier = players
    payload = CLAIMS | {"iss": issuer.did, "vct": VCT, "cnf": {"jwk": holder.jwk}}
    token = issuer.issue(payload, typ, CLAIM_PATHS)
    shown = holder.present(token, typ, [("results",), ("place", "city")], bound=True)

    def seen(text: str, nonce: str = NONCE) -> Mapping[str, Any] | None:
        return verifier.seen(text, typ, issuer, nonce)

    told = {name: value for name, value in payload.items() if name != "name"}
    assert seen(shown) == told | {"results": [{"value": "Réussi"}]}
    assert seen(shown, nonce="another") is None
    assert seen(altered(shown, "/types/badge", "/types/diploma")) is None
    signed, _, *others = shown.split("~")
    assert seen("~".join((signed, *others))) is None, "the binding covers what is shown"


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_vc_sd_jwt_there(tokens: Peer, key_type: KeyType) -> None:
    """As the services make it, with every kind of key."""
    college = College(key_type)
    document = badge(college.did, learner=LEARNER)
    token = VC_SD_JWT.sign(document, signer=college.key, kid=college.method, disclosable=[RESULT])
    answer = tokens("verify-sd-jwt", token=token, jwk=college.key.public.jwk, typ="vc+sd-jwt")
    assert answer["payload"] == document | {"iss": college.did}


# --- SD-JWT VC, and status lists ---


def signed_list(college: College, values: list[int], *, bits: int) -> str:
    return token_list.sign_list(
        TokenStatusList.of(values, bits=bits),
        uri=LIST,
        issuer=college.did,
        signer=college.key,
        kid=college.method,
        now=NOW,
        lifetime=timedelta(hours=1),
        ttl=timedelta(minutes=5),
    )


def their_list(them: Theirs, values: list[int], *, bits: int) -> str:
    about = {"sub": LIST, "iss": them.did, "iat": SECONDS, "exp": SECONDS + 3600, "ttl": 300}
    asked = {"header": {"kid": them.method}, "payload": about, "values": values, "bits": bits, "secret": them.secret}
    return str(them.tokens("sign-list", **asked)["token"])


@pytest.mark.parametrize("status", list(TokenStatus))
def test_our_sd_jwt_vc_and_its_status_there(tokens: Peer, status: TokenStatus) -> None:
    college, learner = College(KeyType.P256), PrivateKey.generate(KeyType.P256)
    token = sd_jwt_vc.issue(
        CLAIMS,
        vct=VCT,
        issuer=college.did,
        signer=college.key,
        kid=college.method,
        holder=learner.public,
        issued=NOW,
        valid_until=NOW + timedelta(days=1),
        status=StatusReference(LIST, 2),
        disclosable=CLAIM_PATHS,
        decoys=DECOYS,
    )
    binding = HolderBinding(signer=learner, audience=EMPLOYER, nonce=NONCE, now=NOW)
    shown = sd_jwt_vc.present(token, disclose=[("name",)], binding=binding)

    def answer(text: str) -> dict[str, Any]:
        asked = {"jwk": college.key.public.jwk, "typ": "dc+sd-jwt", "audience": EMPLOYER, "nonce": NONCE}
        return tokens(
            "verify-sd-jwt", token=text, **asked, lists={LIST: signed_list(college, [1, 1, status, 1], bits=2)}
        )

    assert answer(shown)["verified"] is (status is TokenStatus.VALID)
    unbound = sd_jwt_vc.present(token, disclose=[("name",)], binding=None)
    assert not answer(unbound)["verified"]


@pytest.mark.parametrize("status", list(TokenStatus))
@pytest.mark.parametrize("alg", ALGS)
def test_their_sd_jwt_vc_and_its_status_here(tokens: Peer, alg: str, status: TokenStatus) -> None:
    them, learner = Theirs.new(tokens, alg), Theirs.new(tokens, "EdDSA")
    own = {"iss": them.did, "vct": VCT, "iat": SECONDS, "cnf": {"jwk": learner.jwk}}
    payload = CLAIMS | own | {"status": {"status_list": {"idx": 2, "uri": LIST}}}
    token = them.issue(payload, "dc+sd-jwt", CLAIM_PATHS)
    shown = learner.present(token, "dc+sd-jwt", [("name",)], bound=True)

    report = received(shown, Published({LIST: their_list(them, [1, 1, status, 1], bits=2).encode()}))
    assert report.verified is (status is TokenStatus.VALID), report.findings
    assert report["integrity"].answer.value == report["holder"].answer.value == "passed"
    assert not received(shown, Published({})).verified, "whose status is not known"


def received(text: str, web: Published) -> Report:
    return sd_jwt_vc.verify(
        text,
        key_binding=RequireKeyBinding(audience=EMPLOYER, nonce=NONCE, now=NOW),
        anchors=Anchors.none(),
        accepted_types=frozenset({VCT}),
        accepted_algs=frozenset(ALGS),
        fetcher=web,
        now=NOW,
    )


@pytest.mark.parametrize("bits", token_list.ENTRY_BITS)
def test_status_lists_of_every_width(tokens: Peer, bits: int) -> None:
    """Each side reads every value that the other wrote, and neither a list that somebody else signed."""
    them, college = Theirs.new(tokens), College(KeyType.P256)
    values = [n * 7 % 2**bits for n in range(64)]
    ours = signed_list(college, values, bits=bits)
    assert tokens("read-list", token=ours, jwk=college.key.public.jwk) == {"verified": True, "values": values}
    assert not tokens("read-list", token=ours, jwk=them.jwk)["verified"]

    theirs = their_list(them, values, bits=bits)
    assert [value_here(theirs, n, them.jwk) for n in range(64)] == values
    with pytest.raises(StatusVerificationError):
        value_here(theirs, 0, college.key.public.jwk)


def value_here(token: str, index: int, jwk: dict[str, Any]) -> int:
    key, algs = PublicKey.from_jwk(jwk), frozenset(ALGS)
    return token_list.check(StatusReference(LIST, index), token, key=key, accepted_algs=algs, now=NOW)
