"""Learners: accounts, sign-in and sessions."""
