"""The command that the VC-JOSE-COSE test suite drives (shared vectors, http-surface.md, section 12).

    python -m tests.jose_suite issue|verify --input FILE --key FILE --feature F [--sd JSON] --output FILE

The suite hands over the key with every call and asks one question: does this key's signature cover this content, in
the form of the specification? So what a verifier of ours asks on top is left out here, and only here: whose key it is
(the suite's `kid` is a thumbprint, no address), what time it is (its tokens ended in 2024), and the signatures of the
credentials inside a presentation (their keys are not handed over; that each is an envelope of a kind we read is
checked).
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import contexts
from contexts import Profile
from keys import PrivateKey, PublicKey
from vc import cose, presentation, securing, strict_json
from vc import credential as credentials
from vc.errors import MalformedValueError, ParsingError, ProofVerificationError, VcError
from vc.jose import claims as jwt_claims
from vc.jose import envelopes, jws, sd_jwt

JOSE = {
    "credential_jose": envelopes.VC_JWT,
    "presentation_jose": envelopes.VP_JWT,
    "credential_sdjwt": envelopes.VC_SD_JWT,
    "presentation_sdjwt": envelopes.VP_SD_JWT,
}
COSE = {"credential_cose": cose.VC_COSE, "presentation_cose": cose.VP_COSE}


MODEL_TYPES = ("VerifiableCredential", "VerifiablePresentation")


@dataclass(frozen=True)
class Answer:
    """What the command writes."""

    result: str
    data: str = ""


def run(fn: str, feature: str, source: str, method: Mapping[str, Any], disclose: Sequence[str] = ()) -> Answer:
    """One case. `source`: the text of the input file; `method`: the key file."""
    try:
        if fn == "issue":
            return Answer("success", _issued(feature, source, method, disclose))
        _check(feature, _opened(feature, source.strip(), PublicKey.from_jwk(method["publicKeyJwk"])))
    except (VcError, jws.InvalidJws) as error:
        return Answer("failure", str(error))
    return Answer("success")


def _issued(feature: str, source: str, method: Mapping[str, Any], disclose: Sequence[str]) -> str:
    document = strict_json.parse(source)
    _check(feature, document)
    _check_own_words(document)
    key = PrivateKey.from_jwk(method["secretKeyJwk"])
    if feature in COSE:
        return base64.b64encode(COSE[feature].sign(document, signer=key, kid=method["id"])).decode()
    paths = [claim_path(path) for path in disclose]
    return JOSE[feature].sign(document, signer=key, kid=method["id"], disclosable=paths)


def _opened(feature: str, token: str, key: PublicKey) -> dict[str, Any]:
    if feature in JOSE:
        envelope = JOSE[feature]
        claims, document = envelope.opened(token, key)
        jwt_claims.check_repeats(claims, document, party=envelope.party)
        return document
    message = COSE[feature].read(_from_base64(token))
    if not message.holds(key):
        raise ProofVerificationError("the signature does not belong to this message and key")
    return COSE[feature].document(message)


def _from_base64(text: str) -> bytes:
    """The suite's files are in the plain alphabet or in that of URLs, padded or not."""
    try:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise ParsingError("not base64") from error


def _check(feature: str, document: Mapping[str, Any]) -> None:
    if feature.startswith("credential"):
        credentials.check(document, profile=Profile.CONFORMANCE)
        return
    shown = presentation.check(document, profile=Profile.CONFORMANCE)
    for inner in shown.credentials:
        if not inner["id"].removeprefix("data:").startswith(tuple(securing.ENVELOPES)):
            raise MalformedValueError("not an envelope of a kind that is read here")


def _check_own_words(document: Mapping[str, Any]) -> None:
    """The suite's samples have the examples context, whose `@vocab` gives every word a meaning: an issuer that went by
    that would sign anything. A credential's own members are those that the data model names.
    """
    model = contexts.load(contexts.CREDENTIALS_V2)["@context"]
    named = {"@context", *model, *(term for kind in MODEL_TYPES for term in model[kind]["@context"])}
    for name in document.keys() - named:
        raise MalformedValueError("not a member that the data model names", path=f"/{name}")


def claim_path(text: str) -> sd_jwt.Path:
    """`credentialSubject.phoneNumbers[0]` as a path of names and positions."""
    parts = re.findall(r"([^.\[\]]+)|\[(\d+)\]", text)
    return tuple(name or int(place) for name, place in parts)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="jose_suite", description=__doc__)
    parser.add_argument("fn", choices=["issue", "verify"])
    for name in ("input", "key", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--feature", choices=[*JOSE, *COSE], required=True)
    parser.add_argument("--sd", type=json.loads, default=[])
    given = parser.parse_args(arguments)
    method = json.loads(given.key.read_text())
    answer = run(given.fn, given.feature, given.input.read_text(), method, given.sd)
    given.output.write_text(json.dumps({"result": answer.result, "data": answer.data}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
