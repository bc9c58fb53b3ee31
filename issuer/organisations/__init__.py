"""Organisations: who trains, who accredits, who endorses; their DIDs and keys."""
