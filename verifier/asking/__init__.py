"""Asking a candidate: an OpenID4VP 1.0 request with a QR code, and the answer as it arrives."""
