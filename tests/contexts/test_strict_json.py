"""One reading of a text, or none (V-JSON-*, V-UNI-2, V-DOS-1)."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contexts.strict_json import JsonRefused, Limits, parse


def refusal(text: bytes | str, limits: Limits | None = None) -> str:
    with pytest.raises(JsonRefused) as refused:
        parse(text, limits=limits or Limits())
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        '{"issuer": 1, "issuer": 2}',
        '{"issuer": 1, "issuer": 1}',
        '{"issuer": 1, "\\u0069ssuer": 2}',
        '{"\\u0069ssuer": 1, "issuer": 2}',
        '{"a": [{"b": {"issuer": 1, "x": 0, "issuer": 2}}]}',
        '{"": 1, "": 2}',
    ],
)
def test_V_JSON_1_duplicate_members_are_refused(text: str) -> None:
    assert refusal(text) == "duplicate-member"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "number"),
        ('{"a": Infinity}', "number"),
        ("[-Infinity]", "number"),
        ("1e400", "number"),
        ("-1e400", "number"),
        ("1e-400", "number"),
        ("0x10", "syntax"),
        ("010", "syntax"),
        ("+1", "syntax"),
        (".5", "syntax"),
        ("1.", "syntax"),
        ("{} {}", "syntax"),
        ("{}x", "syntax"),
        ("{}\x0c", "syntax"),
        ("[1,]", "syntax"),
        ('{"a": 1,}', "syntax"),
        ("// c\n{}", "syntax"),
        ("{'a': 1}", "syntax"),
        ('"a\nb"', "syntax"),
        ("", "syntax"),
        (" ", "syntax"),
        ('"open', "syntax"),
        ('"open\\', "syntax"),
        ("9" * 5_000, "number"),
        ("-" + "9" * 5_000, "number"),
        ('{"a": ' + "1" * 4_301 + "}", "number"),
    ],
)
def test_V_JSON_2_what_is_not_json_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code
    assert refusal(text.encode()) == code


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**53 + 1, 10**17, 10**18])
def test_V_JSON_3_integers_that_others_round_are_refused(number: int) -> None:
    assert refusal(str(number)) == "number"


@pytest.mark.parametrize("number", [0, 2**53 - 1, -(2**53) + 1, 1.5, 1e300, 0.0, 5e-324])
def test_V_JSON_3_numbers_that_everybody_reads_alike_are_read(number: float) -> None:
    assert parse(json.dumps(number)) == number


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'"\xff"', "encoding"),
        (b'"\xc0\xaf"', "encoding"),
        (b'"\xed\xa0\x80"', "encoding"),
        (b'"\xf4\x90\x80\x80"', "encoding"),
        (b'"\xe2\x82', "encoding"),
        ('{"a": 1}'.encode("utf-16"), "encoding"),
        ('{"a": 1}'.encode("utf-16-le"), "nul"),
        ('{"a": 1}'.encode("utf-16-be"), "nul"),
        ('{"a": 1}'.encode("utf-32"), "encoding"),
        ('"\ud800"', "surrogate"),
        ('"\\ud800"', "surrogate"),
        ('"\\udc00\\ud800"', "surrogate"),
        ('{"\\uD83D": 1}', "surrogate"),
        ('["\\uD83Dx"]', "surrogate"),
        (b'"a\x00b"', "nul"),
        ('"a\\u0000b"', "nul"),
        ('{"a\\u0000": 1}', "nul"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "syntax"),
    ],
)
def test_V_UNI_2_texts_without_one_meaning_are_refused(data: bytes | str, code: str) -> None:
    assert refusal(data) == code


def test_V_UNI_2_a_byte_order_mark_is_accepted() -> None:
    assert parse(b"\xef\xbb\xbf{}") == {}
    assert parse("\ufeff[]") == []


@pytest.mark.parametrize("text", ['"\\\\ud800"', '"\\\\u0000"', '"\\uD83D\\uDE00"', '"é 日 😀"'])
def test_escapes_that_only_look_suspicious_are_read(text: str) -> None:
    assert parse(text) == json.loads(text)


class TestDepthAndNumber:
    def test_V_DOS_1_depth_is_counted_to_the_level(self) -> None:
        assert parse("[" * 32 + "]" * 32)
        assert refusal("[" * 33 + "]" * 33) == "depth"
        assert refusal('{"a":' * 33 + "1" + "}" * 33) == "depth"

    def test_V_DOS_1_brackets_in_strings_do_not_count(self) -> None:
        assert parse('["' + "[" * 100 + '", "\\"' + "{" * 100 + '"]')

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 1_000_000,
            "[" * 1_000_000 + "]" * 1_000_000,
            '{"a":' * 500_000,
            '["' + '\\"' * 500_000,
            '["' + "\\" * 999_999,
            '"' * 999_999,
            '"\\' * 500_000,
            "[" + "1," * 500_000 + "1]",
            "[" + "[]," * 300_000 + "1]",
            "[" + '"x",' * 300_000 + "1]",
            "{" + ",".join(f'"{n}":1' for n in range(100_000)) + "}",
            '["' + "x" * 20_000_000 + '"]',
            '{"' + "x" * 100_000 + '":1}',
            " " * 1_000_000,
        ],
        ids=lambda text: f"{text[:6]}x{len(text)}",
    )
    def test_V_DOS_1_monsters_are_refused_in_linear_time(self, text: str) -> None:
        started = time.perf_counter()
        refusal(text)
        assert time.perf_counter() - started < 5  # quadratic work would take minutes

    @pytest.mark.parametrize("item", ["1", '"a"', "[]", "{}", '"a,b"'])
    def test_V_DOS_1_members_are_counted_exactly(self, item: str) -> None:
        at_most = Limits(members=100)
        assert len(parse("[" + ",".join([item] * 100) + "]", limits=at_most)) == 100
        assert refusal("[" + ",".join([item] * 101) + "]", at_most) == "members"

    def test_V_DOS_1_members_at_all_levels_count(self) -> None:
        text = json.dumps({"a": [1, 2, {"b": 3}], "c": {}})
        assert parse(text, limits=Limits(members=6))
        assert refusal(text, Limits(members=5)) == "members"

    def test_V_DOS_1_strings_and_names_are_measured_in_bytes(self) -> None:
        assert parse(json.dumps("x" * 65_536))
        assert refusal(json.dumps("x" * 65_537)) == "string-length"
        assert refusal(json.dumps({"é" * 40_000: 1}, ensure_ascii=False)) == "string-length"
        assert parse(json.dumps("x" * 100_000), limits=Limits(string_bytes=100_000))

    def test_a_depth_that_could_exhaust_the_stack_is_no_limit(self) -> None:
        with pytest.raises(ValueError, match="depth"):
            Limits(depth=100_000)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text('abcé"\\[{', max_size=5), inner, max_size=5),
    max_leaves=30,
)


def as_is(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@given(JSON, st.sampled_from([json.dumps, as_is]))
def test_every_sound_value_is_read_as_it_was_written(value: Any, write: Any) -> None:
    assert parse(write(value)) == value
    assert parse(write(value).encode()) == value


@given(st.binary(max_size=200) | st.text('{}[]",:\\u0de1 \n', max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes | str) -> None:
    with suppress(JsonRefused):
        parse(data)
