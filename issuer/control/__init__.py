"""Proof that an organisation's identifier is its own: answering those who ask, and asking."""
