"""A scheme's file: what comes along is read whole, and every mistake is named with its line and field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from issuer.schemes import service
from issuer.schemes.definition import Grant, QuestionType
from issuer.schemes.reading import InvalidScheme, read

SMALL = """\
key = "small"
grants = "accreditation"
admits = ["college"]
promise_days = 10
opinions = 0
zone = "America/Toronto"
name = { fr = "Petit", en = "Small" }

[summary]
fr = \"\"\"
type = "nothing"
\"\"\"
en = "Small."

[[section]]
key = "all"
name = { fr = "Tout", en = "All" }

[[question]]
key = "one"
type = "choice"
section = "all"
label = { fr = "Un?", en = "One?" }
[[question.option]]
key = "a"
name = { fr = "A", en = "A" }
[[question.option]]
key = "b"
name = { fr = "B", en = "B" }

[[question]]
key = "two"
type = "number"
section = "all"
least = 1
most = 9
label = { fr = "Deux?", en = "Two?" }
"""


def test_the_small_one_is_fine() -> None:
    found = read(SMALL)
    assert [one.key for one in found.questions] == ["one", "two"]
    assert found.name.read_in("en") == "Small"
    assert found.summary.fr == 'type = "nothing"'


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ('key = "small"', 'key = "Small"', "key", 1),
        ('key = "small"\n', "", "key", 1),
        ('grants = "accreditation"', 'grants = "money"', "grants", 2),
        ('admits = ["college"]', 'admits = ["college", "circus"]', "admits[2]", 3),
        ('admits = ["college"]', "admits = []", "admits", 3),
        ('admits = ["college"]', 'admits = ["college", "college"]', "admits", 3),
        ("promise_days = 10", "promise_days = 0", "promise_days", 4),
        ("promise_days = 10", "promise_days = true", "promise_days", 4),
        ("opinions = 0", "opinions = 2.5", "opinions", 5),
        ("opinions = 0", "opinions = 0\nchildren = 3", "children", 6),
        ("America/Toronto", "Eastern", "zone", 6),
        ('zone = "America', 'closes = 2022-06-08T23:59:30\nzone = "America', "closes", 6),
        ('zone = "America', 'closes = 2022-06-08T23:59:00Z\nzone = "America', "closes", 6),
        ('zone = "America', 'closes = 2022-03-13T02:30:00\nzone = "America', "closes", 6),
        ('zone = "America', 'opens = 2022-11-06T01:30:00\nzone = "America', "opens", 6),
        ('zone = "America', 'opens = 2022-06-08\nzone = "America', "opens", 6),
        ('zone = "America', 'answer_by = 2022-06-30T10:00:00\nzone = "America', "answer_by", 6),
        ('zone = "America', 'territories = ["Québec"]\nzone = "America', "territories[1]", 6),
        (
            'zone = "America',
            'opens = 2022-06-08T10:00:00\ncloses = 2022-06-08T09:00:00\nzone = "America',
            "closes",
            7,
        ),
        ('name = { fr = "Petit", en = "Small" }', 'name = { fr = "Petit" }', "name.en", 7),
        ('name = { fr = "Petit", en = "Small" }', 'name = "Petit"', "name", 7),
        ('en = "Small."', 'en = " "', "summary.en", 13),
        ('type = "choice"', 'type = "essay"', "question[1].type", 21),
        ('section = "all"\nlabel = { fr = "Un', 'section = "some"\nlabel = { fr = "Un', "question[1].section", 22),
        ('[[question.option]]\nkey = "b"\nname = { fr = "B", en = "B" }\n', "", "question[1].option", 19),
        ('key = "b"', 'key = "a"', "question[1].option[2].key", 28),
        (
            'name = { fr = "B", en = "B" }',
            'name = { fr = "B", en = "B", nl = "B" }',
            "question[1].option[2].name.nl",
            29,
        ),
        ('key = "two"', 'key = "one"', "question[2].key", 32),
        ("least = 1", "least = 10", "question[2].least", 35),
        ("most = 9", 'most = "nine"', "question[2].most", 36),
        ("most = 9", "most = 9\nlongest = 5", "question[2].longest", 37),
        ("most = 9", "most = 9\nmust_be_yes = true", "question[2].must_be_yes", 37),
        ('label = { fr = "Deux', 'tracks = ["none"]\nlabel = { fr = "Deux', "question[2].tracks[1]", 37),
        ("most = 9", "most = 9 9", "file", 36),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(old: str, new: str, field: str, line: int) -> None:
    assert old in SMALL
    with pytest.raises(InvalidScheme) as refused:
        read(SMALL.replace(old, new, 1))
    assert (refused.value.field, refused.value.line) == (field, line), refused.value


@pytest.mark.parametrize("question", ["one", "three"])
def test_an_envelope_needs_the_question_that_asks_for_a_sum(question: str) -> None:
    envelope = f'\n[envelope]\namount = 100\ncurrency = "CAD"\nquestion = "{question}"\n'
    with pytest.raises(InvalidScheme, match="required question of type number"):
        read(SMALL + envelope)


def test_the_five_systems_come_along() -> None:
    found = {key: read(text) for key, text in service.shipped().items()}
    assert sorted(found) == sorted(one.key for one in found.values())
    assert len(found) == 5
    scale = found["scale-ai-training"]
    assert ([one.key for one in scale.tracks], scale.promise_days, scale.closes) == (
        ["employed-people", "trainers"],
        28,
        None,
    )
    assert scale.admits == ("npo", "college", "university")
    pilot = found["ontario-passport-pilot"]
    assert pilot.closes == datetime(2022, 6, 9, 4, 0, tzinfo=UTC)  # 23:59 Eastern is the last minute
    assert (pilot.answer_by, pilot.grants) == (date(2022, 6, 30), Grant.PARTICIPATION)
    assert found["ai-school-recognition"].territories == ("BE-BRU", "BE-WAL", "BE-VLG")
    assert found["workforce-reskilling"].streams == ("upskilling", "reskilling")
    pacme = found["pacme-training"]
    assert pacme.envelope is not None
    assert (len(pacme.tracks), pacme.envelope.amount) == (8, 100_000_000)


def test_no_code_names_a_scheme() -> None:
    package = Path(service.__file__).parents[1]
    code = [file for kind in ("*.py", "*.html") for file in package.rglob(kind)]
    naming = [file.name for file in code for key in service.shipped() if key in file.read_text("utf-8")]
    assert len(code) > 100
    assert naming == []


@pytest.mark.parametrize("key", service.shipped())
def test_what_comes_along_speaks_both_languages_in_their_typography(key: str) -> None:
    found = read(service.shipped()[key])
    texts = [found.name, found.summary, *found.conditions]
    texts += [*(one.name for one in found.tracks), *(one.name for one in found.sections)]
    texts += [one.terms for one in found.tracks if one.terms]
    texts += [text for one in found.questions for text in (one.label, one.help) if text]
    for text in texts:
        assert text.fr != text.en or text.fr == "Francisation"
        assert not any(pair in text.fr for pair in (" :", " ?", " !", " ;", " %", "'")), text.fr


def test_questions_of_a_track_are_asked_on_it_alone() -> None:
    scale = read(service.shipped()["scale-ai-training"])
    employed = {one.key for one in scale.asked("employed-people")}
    trainers = {one.key for one in scale.asked("trainers")}
    assert employed - trainers == {"fee"}
    assert trainers - employed == {"expenses", "prior-approval", "stages"}
    assert {one.type for one in scale.questions if one.key == "plan"} == {QuestionType.ATTACHMENT}
