"""Recognitions that an institution received from authorities whose issuer runs elsewhere."""
