"""Completions: who finished what, when."""
