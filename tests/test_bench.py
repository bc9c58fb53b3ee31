"""The measurement's table of sections: each name leads to something that measures."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.sections import SECTIONS, Pace, Section, chosen


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_section_has_a_module_that_measures(section: Section) -> None:
    assert callable(import_module(f"bench.{section.name}").measure)


def test_sections_are_chosen_by_name() -> None:
    assert [section.name for section in chosen(["all"])] == [section.name for section in SECTIONS]
    assert [section.name for section in chosen([])] == [section.name for section in SECTIONS if section.usual]
    assert [section.name for section in chosen(["shapes"])] == ["shapes"]
    with pytest.raises(KeyError, match="nothing"):
        chosen(["shapes", "nothing"])


def test_a_chain_of_three_asks_for_four_documents_more() -> None:
    figures = chosen(["recognition"])[0].measure(Pace(rounds=1, seconds=0.02))
    assert set(figures.other.values()) == {4.0}
