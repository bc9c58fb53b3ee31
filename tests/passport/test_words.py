"""Every sentence of the command line exists in French, with the same data in it, and nothing is left over."""

import re
from string import Formatter

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
def test_a_translation_carries_the_same_data(english: str, translated: str) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert names(translated) == names(english)
    assert translated.endswith(": ") == english.endswith(": ")


@pytest.mark.parametrize("translated", french().values())
def test_french_typography_is_that_of_canada(translated: str) -> None:
    prose = re.sub(r"\S+://\S*|did:\S+|--\S+", "", translated)
    assert not re.search(r"[ \u00a0\u202f][?!;]", prose), "no space before ? ! ;"
    assert not re.search(r"(?<![\u00a0\d]):(?!\S)", prose), "a no-break space before :"
    assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", prose), "no-break spaces inside « »"
    assert "'" not in prose, "the typographic apostrophe"


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
