"""What can go wrong between an identifier and a key. Each error names the standard's problem for it."""

from __future__ import annotations

from typing import ClassVar


class DidError(Exception):
    """No usable key or document. `did` is the identifier or key address, `reason` an English sentence.

    `problem` is the name under which Controlled Identifiers 1.0 (or threats.md) lists the failure.
    """

    problem: ClassVar[str] = "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"

    def __init__(self, did: str, reason: str) -> None:
        super().__init__(f"{did[:300]!a}: {reason}")
        self.did = did
        self.reason = reason


class InvalidDid(DidError):
    """The text is not a DID, or not one of its method."""

    problem = "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"


class UnsupportedDidMethod(DidError):
    """A DID of a method that is not read here, so nothing is known about it."""


class DidNotResolved(DidError):
    """The document could not be had this time: the key could not be checked."""


class InvalidDidDocument(DidError):
    """What was found is not this DID's document, or not a sound one."""


class DidRefused(InvalidDidDocument):
    """The guard does not let anybody ask the address that the DID names. Asking again is useless."""


class DidDeactivated(InvalidDidDocument):
    """The DID was given up by its controller: it has no document any more."""


class InvalidVerificationMethod(DidError):
    """The key address is not one, or the document has no usable key there."""

    problem = "INVALID_VERIFICATION_METHOD"


class InvalidRelationship(DidError):
    """The document has the key, but not for this purpose."""

    problem = "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
