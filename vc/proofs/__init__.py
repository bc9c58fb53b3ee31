"""Data Integrity proofs: one pipeline (`data_integrity`), and a table of suites (`SUITES`) that it is run with."""

from __future__ import annotations

from vc.proofs.suites import DEFAULT_SUITE, POST_QUANTUM, SUITES, Suite, suite_for

__all__ = ["DEFAULT_SUITE", "POST_QUANTUM", "SUITES", "Suite", "suite_for"]
