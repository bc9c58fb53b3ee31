"""Issuance: prepare, then sign; one credential per completion."""
