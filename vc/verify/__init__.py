"""Verification, as one story in the order of the threat model.

Nothing that a later step needs is fetched by an earlier one, and no text of the document steers a fetch before
its issuer has passed the caller's policy. What is returned says what was found and what could not be found out
(`vc.findings`); nothing here raises for what a document says.

    credential       the numbered story of one credential
    presentation     the same for a presentation and all it holds
    run              what one verification carries along: the caller's choices, one clock reading, one budget
    content          (6) (7)  what proofs and schemas say about the content
    in_force         (8) (9)  what the clock and the issuer's lists say
    inside           (11)     credentials in a learner record, endorsements
    refusals         from a typed error to what is said about it
"""

from vc.verify.credential import verify_credential
from vc.verify.presentation import verify_presentation
from vc.verify.run import Document

__all__ = ["Document", "verify_credential", "verify_presentation"]
