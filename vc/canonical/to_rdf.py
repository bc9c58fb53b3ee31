"""From expanded JSON-LD to RDF statements (JSON-LD 1.1 API, section 8), in one pass.

PyLD does this through a node map that compares every value with every other of its property: a credential with 9,000
tags took it half a minute. Here statements go out as they are met; equal ones are one statement to whoever collects
them in a set, as RDF has it.

What `vc.canonical.rdfc.expand` refuses does not occur here: relative names, blank node labels of the document's own,
`@reverse`, `@included`, `@index`. RDF has no place for `@direction`: where it is let through, it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from vc.canonical import jcs

Quad = tuple[str, str, str, str]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE, _FIRST, _REST, _NIL = (f"<{RDF}{name}>" for name in ("type", "first", "rest", "nil"))

_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quads(expanded: Sequence[Mapping[str, Any]]) -> Iterator[Quad]:
    """The statements of an expanded document, as N-Quads terms escaped as RDFC-1.0 demands. Some may repeat."""
    labels = (f"_:b{number}" for number in count())
    for node in expanded:
        yield from _node(node, _name(node, labels), "", labels)


def _name(node: Mapping[str, Any], labels: Iterator[str]) -> str:
    return f"<{node['@id']}>" if "@id" in node else next(labels)


def _node(node: Mapping[str, Any], subject: str, graph: str, labels: Iterator[str]) -> Iterator[Quad]:
    for member, values in node.items():
        if member == "@type":
            for kind in values:
                yield (subject, _TYPE, f"<{kind}>", graph)
        elif member == "@graph":
            for inner in values:
                yield from _node(inner, _name(inner, labels), subject, labels)
        elif member != "@id":
            for value in values:
                yield from _statement(subject, f"<{member}>", value, graph, labels)


def _statement(
    subject: str, predicate: str, value: Mapping[str, Any], graph: str, labels: Iterator[str]
) -> Iterator[Quad]:
    if "@value" in value:
        yield (subject, predicate, literal(value), graph)
    elif "@list" in value:
        head = subject
        for item in value["@list"]:
            cell = next(labels)
            yield (head, predicate, cell, graph)
            yield from _statement(cell, _FIRST, item, graph, labels)
            head, predicate = cell, _REST
        yield (head, predicate, _NIL, graph)
    else:
        name = _name(value, labels)
        yield (subject, predicate, name, graph)
        yield from _node(value, name, graph, labels)


def literal(value: Mapping[str, Any]) -> str:
    """A value object as an N-Quads literal."""
    content, datatype = value["@value"], value.get("@type")
    if datatype == "@json":
        return f'"{escaped(jcs.canonicalize(content).decode())}"^^<{RDF}JSON>'
    text, native = _lexical(content, datatype)
    if "@language" in value:
        return f'"{escaped(text)}"@{value["@language"]}'
    datatype = datatype or native
    return f'"{escaped(text)}"' if datatype == f"{XSD}string" else f'"{escaped(text)}"^^<{datatype}>'


def _lexical(content: Any, datatype: str | None) -> tuple[str, str]:
    """How a JSON value is written in RDF, and the datatype it has if none is stated."""
    if isinstance(content, bool):
        return ("true" if content else "false"), f"{XSD}boolean"
    if isinstance(content, str):
        return (_double(content) if datatype == f"{XSD}double" else content), f"{XSD}string"
    if datatype == f"{XSD}double" or abs(content) >= 1e21 or not float(content).is_integer():
        return _double(content), f"{XSD}double"
    return str(int(content)), f"{XSD}integer"


def _double(content: Any) -> str:
    """The canonical form of an xsd:double, `1.5E0`; text that is no number stays as it is."""
    try:
        written = f"{float(content):1.15E}"
    except ValueError:
        return str(content)
    return re.sub(r"(\d)0*E\+?(-)?0*(\d)", r"\1E\2\3", written)


def escaped(text: str) -> str:
    """`text` inside an N-Quads literal, in the canonical spelling (RDFC-1.0, section 5)."""
    return _ESCAPED.sub(_escape, text) if _ESCAPED.search(text) else text


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04X}"
