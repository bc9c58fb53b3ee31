"""Presenting: showing credentials to a verifier who asks (OpenID4VP)."""
