"""The checks over HTTP, as VCALM 1.0 has them: `/credentials/verify`, `/presentations/verify`, `/challenges`.

A request that can be read is answered with 200 and `verified` true or false; the public test suites want 400 for a
refusal, which the conformance profile gives. Options can only narrow the check: unknown ones are refused (V-OPT-1).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.pages import preferred_language
from kit.problems import Malformed, Unprocessable
from kit.web import Unit
from kit.web import router as strict_router
from vc.errors import INVALID_CHALLENGE_ERROR, MALFORMED_VALUE_ERROR
from vc.findings import Verdict
from verifier import challenges
from verifier.answers import credential_answer, presentation_answer
from verifier.desk import Desk, DeskDep
from verifier.words import CameBy

router = strict_router(tags=["Verification"])

_LONGEST = 2_000


class Options(BaseModel):
    """What a caller may ask for. All checks run in any case; `checks` only says which ones matter to the caller."""

    model_config = ConfigDict(extra="forbid")

    checks: list[Literal["proof", "credentialStatus", "validity", "credentialSchema"]] | None = None
    challenge: str | None = Field(default=None, min_length=1, max_length=_LONGEST)
    domain: str | None = Field(default=None, min_length=1, max_length=_LONGEST)
    oneTimeChallenge: bool = False  # noqa: N815 - a member of the request
    """The challenge was given out by `POST /challenges` and must not have been used before."""


Json = Annotated[Any, Body()]


@router.post("/credentials/verify")
def verify_credential(request: Request, desk: DeskDep, body: Json) -> Response:
    """Check one credential (VCALM 1.0, "Verify a Verifiable Credential").

    `verifiableCredential`: a credential or an `EnvelopedVerifiableCredential`. `options`: see `Options`.
    """
    members = _members(body, "verifiableCredential")
    options = _options(members.get("options"))
    _refuse_empty_options(options)
    report = desk.checker.credential(_document(members["verifiableCredential"]))
    words = desk.words(preferred_language(request), CameBy.API)
    answer = credential_answer(report, words)
    if (options.challenge or options.domain) and not _answers(members["verifiableCredential"], options):
        answer = _refused(answer, "The credential's proof was not made for this challenge and domain.")
    return _answered(desk, answer)


@router.post("/presentations/verify")
def verify_presentation(request: Request, desk: DeskDep, body: Json) -> Response:
    """Check a presentation and every credential in it (VCALM 1.0, "Verify a Verifiable Presentation").

    `verifiablePresentation` (or `presentation`); with `options.challenge` and `options.domain` it must have been made
    for them. A challenge from `POST /challenges` is spent by the first use with `oneTimeChallenge`.
    """
    name = "presentation" if isinstance(body, dict) and "presentation" in body else "verifiablePresentation"
    members = _members(body, name)
    options = _options(members.get("options"))
    fresh = True
    if options.oneTimeChallenge:
        if options.challenge is None:
            raise Unprocessable("oneTimeChallenge needs the challenge")
        with desk.database.unit() as unit:
            fresh = challenges.spend(unit, options.challenge, now=desk.clock())
    report = desk.checker.presentation(_document(members[name]), challenge=options.challenge, domain=options.domain)
    answer = presentation_answer(report, desk.words(preferred_language(request), CameBy.REQUEST))
    if not fresh:
        answer = _refused(answer, "The challenge is unknown, has expired, or was used before.")
    return _answered(desk, answer)


@router.post("/challenges", status_code=201)
def new_challenge(desk: DeskDep, unit: Unit) -> Response:
    """Give out a challenge that is good for one presentation within five minutes."""
    challenge = challenges.give_out(unit, now=desk.clock())
    return JSONResponse({"challenge": challenge}, 201, {"cache-control": "no-store"})


def _members(body: Any, name: str) -> dict[str, Any]:
    if not isinstance(body, dict) or name not in body:
        raise Malformed(f"send a JSON object with {name}", verified=False)
    unknown = set(body) - {name, "options"}
    if unknown:
        raise Unprocessable(f"unknown members: {', '.join(sorted(unknown)[:5])}", verified=False)
    return body


def _document(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("a credential or presentation is a JSON object, enveloped where it is a token", verified=False)
    return value


def _options(value: Any) -> Options:
    if value is None:
        return Options()
    if not isinstance(value, dict):
        raise Malformed("options is a JSON object", verified=False)
    try:
        return Options.model_validate(value)
    except ValueError as error:
        raise Unprocessable("an option is unknown or has a wrong value", verified=False) from error


def _refuse_empty_options(options: Options) -> None:
    if options.checks == []:
        raise Unprocessable("an empty list of checks checks nothing", verified=False)


def _answers(document: Any, options: Options) -> bool:
    """Whether every proof of a credential was made for the challenge and domain that the caller gave (V-PRF-6)."""
    proofs = document.get("proof")
    listed = proofs if isinstance(proofs, list) else [proofs]
    return all(
        isinstance(proof, dict)
        and (options.challenge is None or proof.get("challenge") == options.challenge)
        and (options.domain is None or proof.get("domain") in (options.domain, [options.domain]))
        for proof in listed
    )


def _refused(answer: dict[str, Any], detail: str) -> dict[str, Any]:
    """The answer, with a challenge that does not fit: whatever else holds, it is not verified."""
    problem = {
        "type": INVALID_CHALLENGE_ERROR.url,
        "title": INVALID_CHALLENGE_ERROR.name,
        "status": 400,
        "detail": detail,
    }
    details = [*answer["problemDetails"], problem]
    return {**answer, "verified": False, "verdict": Verdict.NOT_VALID.value, "problemDetails": details}


def _answered(desk: Desk, answer: dict[str, Any]) -> Response:
    if not answer["verified"] and not answer["problemDetails"]:
        answer["problemDetails"] = [
            {
                "type": MALFORMED_VALUE_ERROR.url,
                "title": MALFORMED_VALUE_ERROR.name,
                "status": 400,
                "detail": "Not everything that had to be checked could be.",
            }
        ]
    refused = desk.settings.conformance and not answer["verified"]
    return JSONResponse(answer, 400 if refused else 200, {"cache-control": "no-store"})
