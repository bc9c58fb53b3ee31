"""Lies, one line each: what a hostile corpus would send, by the rows of the threat model."""
