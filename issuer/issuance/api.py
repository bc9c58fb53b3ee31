"""Credentials for an institution's own systems: issue in one call, list, read, change the status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from issuer.issuance import one_call, overview, service, states
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.issuance.one_call import RegisterEntry
from issuer.office import Office, OfficeDep
from issuer.staff.access import IssueCaller, KnownIssuer, ReadCaller, StatusCaller
from kit.web import Reading, Unit
from kit.web import router as strict_router
from vc.text import composed

router = strict_router(prefix="/api/v1/credentials", tags=["Credentials"])

Text = Annotated[str, Field(min_length=1, max_length=200)]


class _In(BaseModel):
    """What comes in: unknown members are refused, so that nobody sets what is ours to set (I-AUZ-2)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ParticipantIn(_In):
    """A person as the register has them."""

    learnerNumber: Annotated[str, Field(min_length=1, max_length=60)]  # noqa: N815 - JSON's own spelling
    givenName: Text  # noqa: N815
    familyName: Text  # noqa: N815
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] = ""
    language: Literal["fr", "en"] = "fr"


class IssueIn(_In):
    """What to issue: a completion that is recorded already, or a person's completion with its register entry."""

    completionId: Text | None = None  # noqa: N815
    programme: Text | None = None
    """Slug of the programme."""
    cohort: Text | None = None
    """Code of the cohort."""
    participant: ParticipantIn | None = None
    completedOn: Annotated[date, Field(strict=False)] | None = None  # noqa: N815
    result: Annotated[str, Field(max_length=60)] = ""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> IssueIn:
        entry = (self.programme, self.cohort, self.participant, self.completedOn)
        if self.completionId is None and None in entry:
            raise ValueError("send completionId, or programme, cohort, participant and completedOn")
        if self.completionId is not None and (any(entry) or self.result):
            raise ValueError("a completionId stands alone")
        return self


class StatusIn(_In):
    """The state to change to, and why; the reason shows on the credential's public page."""

    state: Literal["issued", "suspended", "revoked"]
    reason: Annotated[str, Field(max_length=states.MAX_REASON)] = ""


class CredentialOut(BaseModel):
    """A credential as this service keeps it."""

    id: str
    credentialId: str  # noqa: N815
    number: str
    completionId: str  # noqa: N815
    state: CredentialState
    stateSince: datetime  # noqa: N815
    reason: str
    issuedAt: datetime | None  # noqa: N815
    replaces: str | None
    publicPage: str | None  # noqa: N815

    @classmethod
    def of(cls, office: Office, credential: IssuedCredential) -> CredentialOut:
        """Shape a credential."""
        page = f"{office.settings.public_url}/c/{credential.public_id}" if credential.public_page else None
        return cls(
            id=credential.id,
            credentialId=credential.credential_id,
            number=credential.number,
            completionId=credential.completion_id,
            state=credential.state,
            stateSince=credential.state_since,
            reason=credential.reason,
            issuedAt=credential.issued_at,
            replaces=credential.replaces_id,
            publicPage=page,
        )


class SignedOut(CredentialOut):
    """A credential with its signed form."""

    verifiableCredential: dict[str, Any] | None  # noqa: N815


def _with_form(office: Office, credential: IssuedCredential, body: bytes | None, *, status: int = 200) -> Response:
    """Answer with a credential and its first signed form (`SignedOut`), whose bytes go out as they were signed."""
    about = CredentialOut.of(office, credential).model_dump_json().encode()
    content = about.removesuffix(b"}") + b',"verifiableCredential":' + (body or b"null") + b"}"
    return Response(content, status, media_type="application/json")


class ListOut(BaseModel):
    """One page of credentials, newest first."""

    credentials: list[CredentialOut]
    total: int
    """Counted up to 10,000."""
    page: int
    lastPage: int  # noqa: N815
    next: str | None
    """What to send as `after` for the credentials that follow; none after the last."""


@router.post("", status_code=201, response_model=SignedOut)
async def issue(
    office: OfficeDep,
    caller: KnownIssuer,
    body: IssueIn,
    idempotency_key: Annotated[str | None, Header(min_length=8, max_length=200)] = None,
) -> Response:
    """Issue one credential. The same idempotency key gives the same answer again, whatever happened in between."""
    issued = await one_call.issue_one(
        office,
        body.completionId or _entry(body),
        caller=caller,
        idempotency_key=idempotency_key,
    )
    return _with_form(office, issued.credential, issued.body, status=201)


@router.get("")
def credentials(
    office: OfficeDep,
    session: Reading,
    caller: ReadCaller,
    q: Annotated[str, Query(max_length=200)] = "",
    state: CredentialState | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    after: Annotated[str | None, Query(max_length=100)] = None,
) -> ListOut:
    """List credentials, newest first: page by page, or for long lists from the last one seen on (`after`).

    `q` looks for names in the newest 10,000; a whole number or learner number finds its credential among all.
    """
    listed = overview.find(session, caller.organisation_id, q=q, state=state or "", page=page)
    found: Sequence[overview.Found] = listed.found
    if after is not None:
        found = overview.older_than(session, caller.organisation_id, after, q=q, state=state or "")
    return ListOut(
        credentials=[CredentialOut.of(office, one.credential) for one in found],
        total=listed.total,
        page=listed.number,
        lastPage=listed.last,
        next=found[-1].credential.id if len(found) == overview.PAGE else None,
    )


@router.get("/{credential_id}", response_model=SignedOut)
def credential(office: OfficeDep, session: Reading, caller: ReadCaller, credential_id: str) -> Response:
    """Return one credential with its signed form."""
    found = service.credential_of(session, caller.organisation_id, credential_id)
    return _with_form(office, found, _first_body(session, found))


@router.post("/{credential_id}/status")
def change_status(
    office: OfficeDep, session: Unit, caller: StatusCaller, credential_id: str, body: StatusIn
) -> CredentialOut:
    """Revoke, suspend or reinstate; every list published from now on shows it."""
    found = service.credential_of(session, caller.organisation_id, credential_id)
    act = {"revoked": states.revoke, "suspended": states.suspend, "issued": states.reinstate}[body.state]
    act(office, session, found, reason=body.reason, actor=caller.actor)
    return CredentialOut.of(office, found)


@router.post("/{credential_id}/correction", status_code=201, response_model=SignedOut)
def correct(office: OfficeDep, caller: IssueCaller, credential_id: str) -> Response:
    """Issue a corrected credential in the place of a revoked one, from the register as it stands now."""
    corrected = one_call.correct_one(office, credential_id, organisation_id=caller.organisation_id, actor=caller.actor)
    with office.database.reading() as session:
        return _with_form(office, corrected, _first_body(session, corrected), status=201)


def _entry(body: IssueIn) -> RegisterEntry:
    if body.participant is None or body.completedOn is None:
        raise TypeError("the model lets no such body through")
    return RegisterEntry(
        programme=body.programme or "",
        cohort=body.cohort or "",
        learner_number=composed(body.participant.learnerNumber),
        given_name=composed(body.participant.givenName),
        family_name=composed(body.participant.familyName),
        email=body.participant.email,
        language=body.participant.language,
        completed_on=body.completedOn,
        result=composed(body.result),
    )


def _first_body(session: Reading, found: IssuedCredential) -> bytes | None:
    form = service.first_form(session, found)
    return form.body if form else None
