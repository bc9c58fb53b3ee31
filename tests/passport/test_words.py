"""Every sentence of the command line exists in French, with the same data in it, and nothing is left over."""

import pytest

from kit import i18n
from passport import words


def french() -> dict[str, str]:
    return {str(message.id): str(message.string) for message in i18n.catalog("passport", "fr") if message.id}


def test_every_sentence_is_in_the_french_catalogue_and_nothing_else() -> None:
    messages = {text for _, _, text in i18n.used_texts("passport") if isinstance(text, str)}
    assert {message for message in messages if not french().get(message)} == set()
    assert set(french()) - messages == set()


@pytest.mark.parametrize(("english", "translated"), french().items())
def test_a_heading_stays_a_heading(english: str, translated: str) -> None:
    assert translated.endswith(": ") == english.endswith(": ")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "en_CA.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
        ({"LC_ALL": "fr_BE", "LANG": "en_CA"}, "fr"),
        ({"LC_MESSAGES": "en_CA", "LANG": "fr_CA"}, "en"),
    ],
)
def test_the_environment_chooses_the_language(environ: dict[str, str], language: str) -> None:
    assert words.language_of(environ) == language
