"""The desk as the employer at this browser chose it: with their own authorities."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from verifier.browser import Purpose, browser_of
from verifier.desk import Desk, DeskDep
from verifier.trust import service


def _employer_desk(request: Request, desk: DeskDep) -> Desk:
    return service.desk_for(desk, browser_of(request, desk, Purpose.TRUST))


EmployerDesk = Annotated[Desk, Depends(_employer_desk)]
"""The desk, for pages on which an employer reads a verdict."""
