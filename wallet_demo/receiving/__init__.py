"""Receiving: from a credential offer to a credential that the learner accepted (OpenID4VCI)."""
