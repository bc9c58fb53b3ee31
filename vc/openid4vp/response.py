"""Authorization responses (OpenID4VP 1.0 section 8): made by the wallet, read by the verifier.

Posted as a form (`direct_post`), or as a form whose one member holds everything encrypted (`direct_post.jwt`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vc import strict_json
from vc.errors import ParsingError
from vc.openid4vp.dcql import Query
from vc.openid4vp.encryption import Recipient, ResponseKey
from vc.openid4vp.errors import ErrorName, Oid4vpError
from vc.wire import UnreadableMessage, members, optional_text, required_text, single_parameters


@dataclass(frozen=True)
class Response:
    """What a wallet presents: for each query id its presentations, none of them verified yet."""

    vp_token: Mapping[str, tuple[Any, ...]]
    state: str | None


@dataclass(frozen=True)
class ErrorResponse:
    """The wallet answers that it will not, or cannot, present (`access_denied` when the person refused)."""

    error: str
    description: str
    state: str | None


def response_form(
    vp_token: Mapping[str, Sequence[Any]], *, state: str | None, recipient: Recipient | None = None
) -> dict[str, str]:
    """Return the form to post to `response_uri`; `vp_token` maps query ids to presentations.

    With a `recipient` everything is encrypted to it. Raises `Oid4vpError` when its key is none.
    """
    token = {query_id: list(presentations) for query_id, presentations in vp_token.items()}
    known = {} if state is None else {"state": state}
    if recipient is not None:
        return {"response": recipient.sealed({"vp_token": token, **known})}
    return {"vp_token": json.dumps(token, ensure_ascii=False, separators=(",", ":")), **known}


def error_form(error: ErrorName, *, state: str | None, description: str | None = None) -> dict[str, str]:
    """Return the form that tells the verifier why nothing is presented."""
    form = {"error": str(error)}
    if description is not None:
        form["error_description"] = description
    return form if state is None else {**form, "state": state}


def parse_response(
    pairs: Iterable[tuple[str, str]], *, query: Query, key: ResponseKey | None = None
) -> Response | ErrorResponse:
    """Read the form that a wallet posted in answer to `query`, given as name-value pairs; `key` opens encrypted ones.

    Checked here: the shape, that every id was asked for, and that only `multiple` queries have several
    answers. Not checked here: proofs, and whether the query is satisfied (`check_answer`). Inside an encrypted answer
    `vp_token` is an object, or its JSON as text, as a widespread wallet sends it. Raises `Oid4vpError`
    (`invalid_request`).
    """
    try:
        answer = _opened(single_parameters(pairs), key)
        if "error" in answer:
            return ErrorResponse(
                required_text(answer, "error"),
                optional_text(answer, "error_description") or "",
                optional_text(answer, "state"),
            )
        token = answer.get("vp_token")
        token = members(strict_json.parse(token) if isinstance(token, str) else token, "vp_token")
        presentations = {query_id: _presentations(query, query_id, token[query_id]) for query_id in token}
        state = optional_text(answer, "state")
    except (UnreadableMessage, ParsingError) as error:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, str(error)) from error
    if not presentations:
        raise Oid4vpError(ErrorName.INVALID_REQUEST, "the vp_token is empty")
    return Response(presentations, state)


def accepted(redirect_uri: str | None = None) -> dict[str, str]:
    """Return the JSON that answers the wallet's post; `redirect_uri` carries a fresh `response_code` (8.2)."""
    return {} if redirect_uri is None else {"redirect_uri": redirect_uri}


def _opened(form: Mapping[str, str], key: ResponseKey | None) -> Mapping[str, Any]:
    if "response" not in form:
        return form
    if key is None:
        raise UnreadableMessage("no encrypted answer was asked for")
    return key.opened(form["response"])


def _presentations(query: Query, query_id: str, value: object) -> tuple[Any, ...]:
    if query_id not in query:
        raise UnreadableMessage("the vp_token answers an id that was not asked for")
    if not isinstance(value, list) or not value:
        raise UnreadableMessage("the vp_token maps each id to a non-empty list")
    if len(value) > 1 and not query[query_id].multiple:
        raise UnreadableMessage("one presentation was asked for, several came")
    if not all(isinstance(item, dict | str) for item in value):
        raise UnreadableMessage("a presentation is an object or a text")
    return tuple(value)
