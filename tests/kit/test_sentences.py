"""Every finding of engine and lint can be told in French, with the same data in it, and nothing is left over."""

import pytest

from kit import sentences
from tests.french import check_typography, data_in
from vc import findings, lint
from vc.findings import Finding


def messages() -> set[str]:
    """What the findings of engine and lint say in English."""
    engine = (findings.__name__, lint.__name__)
    kinds = [kind for kind in Finding.__subclasses__() if kind.__module__.startswith(engine)]
    told = {text for kind in kinds for text in (kind.template, *kind.templates.values()) if text}
    return told | {sentences.UNTIL, sentences.NO_END}


def french() -> dict[str, str]:
    return sentences.catalogue("fr")


def test_every_finding_is_in_the_french_catalogue_and_nothing_else() -> None:
    assert {message for message in messages() if not french().get(message)} == set()
    assert set(french()) - messages() == set()


@pytest.mark.parametrize(("english", "translated"), french().items())
def test_a_translation_carries_the_same_data(english: str, translated: str) -> None:
    assert data_in(translated) == data_in(english)
    check_typography(translated)
