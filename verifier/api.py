"""The checks over HTTP, as VCALM 1.0 has them: `/credentials/verify`, `/presentations/verify`, `/challenges`.

A request that can be read is answered with 200 and `verified` true or false; the public test suites want 400 for a
refusal, which the conformance profile gives. Options can only narrow the check: unknown ones are refused (V-OPT-1).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.pages import preferred_language
from kit.problems import Malformed, Problem, Unprocessable
from kit.verdicts import CameBy
from kit.web import StrictRoute, Unit
from vc.errors import INVALID_CHALLENGE_ERROR, INVALID_DOMAIN_ERROR, MALFORMED_VALUE_ERROR, ProblemType
from vc.findings import Finding, OverLimit, Verdict
from verifier import challenges
from verifier.answers import credential_answer, presentation_answer, problem_details
from verifier.desk import Desk, DeskDep

_LONGEST = 2_000


class _VerdictRoute(StrictRoute):
    """A strict route that never leaves out `verified`: what cannot be read, or not be carried out, is not verified."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the strict handler."""
        handler = super().get_route_handler()

        async def with_verdict(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                problem.members["verified"] = False
                raise

        return with_verdict


router = APIRouter(route_class=_VerdictRoute, tags=["Verification"])


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
def verify_credential(request: Request, desk: DeskDep, body: Json = None) -> Response:
    """Check one credential (VCALM 1.0, "Verify a Verifiable Credential").

    `verifiableCredential`: a credential or an `EnvelopedVerifiableCredential`. `options`: see `Options`.
    """
    members = _members(body, "verifiableCredential")
    options = _options(members.get("options"))
    report = desk.checker.credential(_document(members["verifiableCredential"]))
    _refuse_over_limit(report.findings)
    words = desk.words(preferred_language(request), CameBy.API)
    answer = credential_answer(report, words)
    for problem, what in _not_made_for(members["verifiableCredential"], options):
        answer = _refused(answer, problem, f"The credential's proof was not made for this {what}.")
    return _answered(desk, answer)


@router.post("/presentations/verify")
def verify_presentation(request: Request, desk: DeskDep, body: Json = None) -> Response:
    """Check a presentation and every credential in it (VCALM 1.0, "Verify a Verifiable Presentation").

    `verifiablePresentation` (or `presentation`); with `options.challenge` and `options.domain` it must have been made
    for them. A challenge from `POST /challenges` is spent by its first use.
    """
    name = "presentation" if isinstance(body, dict) and "presentation" in body else "verifiablePresentation"
    members = _members(body, name)
    options = _options(members.get("options"))
    fresh = _is_fresh(desk, options)
    report = desk.checker.presentation(_document(members[name]), challenge=options.challenge, domain=options.domain)
    _refuse_over_limit(report.all_findings)
    answer = presentation_answer(report, desk.words(preferred_language(request), CameBy.REQUEST))
    if not fresh:
        answer = _refused(answer, INVALID_CHALLENGE_ERROR, "The challenge is unknown, has expired, or was used before.")
    return _answered(desk, answer)


@router.post("/challenges", status_code=201)
def new_challenge(desk: DeskDep, unit: Unit) -> Response:
    """Give out a challenge that is good for one presentation within five minutes."""
    challenge = challenges.give_out(unit, now=desk.clock())
    return JSONResponse({"challenge": challenge}, 201, {"cache-control": "no-store"})


def _members(body: Any, name: str) -> dict[str, Any]:
    if not isinstance(body, dict) or name not in body:
        raise Malformed(f"send a JSON object with {name}")
    unknown = set(body) - {name, "options"}
    if unknown:
        raise Unprocessable(f"unknown members: {', '.join(sorted(unknown)[:5])}")
    return body


def _document(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("a credential or presentation is a JSON object, enveloped where it is a token")
    return value


def _options(value: Any) -> Options:
    if value is None:
        return Options()
    if not isinstance(value, dict):
        raise Malformed("options is a JSON object")
    empty = [name for name, given in value.items() if given is None or given == []]
    if empty:
        raise Unprocessable(f"{empty[0][:40]} is there and says nothing: leave it out")
    try:
        return Options.model_validate(value)
    except ValueError as error:
        raise Unprocessable("an option is unknown or has a wrong value") from error


def _is_fresh(desk: Desk, options: Options) -> bool:
    """Whether the challenge may still be used: one of the caller's own may, one of ours once (P-RPL-1)."""
    if options.oneTimeChallenge and options.challenge is None:
        raise Unprocessable("oneTimeChallenge needs the challenge")
    if options.challenge is None or not (options.oneTimeChallenge or challenges.is_ours(options.challenge)):
        return True
    with desk.database.unit() as unit:
        return challenges.spend(unit, options.challenge, now=desk.clock())


def _refuse_over_limit(findings: tuple[Finding, ...]) -> None:
    """More of something than is looked at is a request that cannot be carried out, not a verdict (V-DOS-4)."""
    over = next((finding for finding in findings if isinstance(finding, OverLimit)), None)
    if over is not None:
        raise Malformed(over.sentence, problemDetails=problem_details((over,)))


def _not_made_for(document: Any, options: Options) -> Iterator[tuple[ProblemType, str]]:
    """Which of challenge and domain, where the caller gave them, some proof of a credential lacks (V-PRF-6)."""
    proofs = document.get("proof")
    listed = [proof if isinstance(proof, dict) else {} for proof in (proofs if isinstance(proofs, list) else [proofs])]
    if options.challenge is not None and any(proof.get("challenge") != options.challenge for proof in listed):
        yield INVALID_CHALLENGE_ERROR, "challenge"
    wanted = (options.domain, [options.domain])
    if options.domain is not None and any(proof.get("domain") not in wanted for proof in listed):
        yield INVALID_DOMAIN_ERROR, "domain"


def _refused(answer: dict[str, Any], kind: ProblemType, detail: str) -> dict[str, Any]:
    """The answer, with a challenge or domain that does not fit: whatever else holds, it is not verified."""
    problem = {"type": kind.url, "title": kind.name, "status": 400, "detail": detail}
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
