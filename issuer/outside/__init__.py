"""Applicants whose issuer runs elsewhere: they apply by the public form, prove their DID, and receive what is signed."""
