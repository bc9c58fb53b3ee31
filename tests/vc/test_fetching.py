"""The budget of one verification: equal questions once, few in all."""

from __future__ import annotations

import pytest

from keys.fetching import Fetched, FetchFailed
from vc.fetching import BudgetedFetcher


class Counting:
    """Answers with the types that were asked for, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        self.asked += 1
        return Fetched(url, accept[0], accept[0].encode())


def test_equal_questions_are_asked_once() -> None:
    counting = Counting()
    budgeted = BudgetedFetcher(counting, limit=5, max_bytes=100)
    for _ in range(3):
        budgeted.fetch("https://a.example/", accept=("a/b",), max_bytes=10)
    assert counting.asked == 1


def test_V_SSRF_what_came_as_one_kind_of_document_does_not_answer_for_another() -> None:
    budgeted = BudgetedFetcher(Counting(), limit=5, max_bytes=100)
    as_list = budgeted.fetch("https://a.example/", accept=("application/vc",), max_bytes=10)
    as_keys = budgeted.fetch("https://a.example/", accept=("application/did",), max_bytes=10)
    assert (as_list.body, as_keys.body) == (b"application/vc", b"application/did")


def test_V_DOS_6_beyond_the_budget_nothing_is_asked() -> None:
    counting = Counting()
    budgeted = BudgetedFetcher(counting, limit=2, max_bytes=100)
    for n in range(2):
        budgeted.fetch(f"https://a.example/{n}", accept=("a/b",), max_bytes=10)
    with pytest.raises(FetchFailed):
        budgeted.fetch("https://a.example/3", accept=("a/b",), max_bytes=10)
    assert counting.asked == 2
