"""Programmes and the skills they lead to."""
