"""Credentials: what the learner keeps."""
