"""Every table of the wallet in one place, for the migrations."""

from __future__ import annotations

from wallet_demo.base import Base
from wallet_demo.credentials.models import KeptCredential
from wallet_demo.learners.models import Attempt, Learner, LearnerSession
from wallet_demo.presenting.models import PresentationRequest, Shown
from wallet_demo.receiving.models import Receipt
from wallet_demo.sharing.models import Share, ShareOpening
from wallet_demo.standing.models import LastLook, Notice

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "Attempt",
    "KeptCredential",
    "LastLook",
    "Learner",
    "LearnerSession",
    "Notice",
    "PresentationRequest",
    "Receipt",
    "Share",
    "ShareOpening",
    "Shown",
]
