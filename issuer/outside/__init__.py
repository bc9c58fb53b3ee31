"""Applicants whose issuer runs elsewhere: they apply by the public form, prove their DID, get what is signed."""
