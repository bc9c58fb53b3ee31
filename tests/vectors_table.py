"""Every shared test vector through the engine, as one table: `make vectors`, or `python -m tests.vectors_table`.

Per topic: passed of total, and each exception with its reason. A vector that fails without a reason in `EXCEPTIONS`,
and a reason that is no longer needed, end it with 1. The same table is a test (`tests/test_vectors_table.py`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.vc.vectors import FOLDER
from tests.vector_cases import contents, securing
from tests.vector_cases.case import Case

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("bbs", "*"): "bbs-2023 is no Recommendation and rests on unfinished IETF drafts: outside our claims, not read",
    ("sd-jwt", "*json_serialization*"): "JSON serialisations are refused (V-JWT-6); RFC 9901 makes them optional",
    ("sd-jwt", "*header_mod"): "its kid is a number, where RFC 7515 section 4.1.4 has a text",
    (
        "token-status-list",
        "*CWT*",
    ): "the CBOR form of the tokens is not read; the JWT form is the one for JWT credentials",
    ("ob3-clr2", "ob30/simple-eddsa-2022.json"): "eddsa-2022 was never a registered suite; its name is not read",
    ("ob3-clr2", "clr20/simple_v1.json"): "its issuer is a urn:uuid, which publishes no keys, and a nameless did:key"
    " signed the credentials in it: the key must be the issuer's (V-ISS-1)",
    ("contexts", "https://w3id.org/security/suites/jws-2020/v1*"): "a suite that is not read: not carried",
    ("contexts", "https://w3id.org/security/suites/secp256k1-2019/v1*"): "a suite that is not read: not carried",
    ("contexts", "https://w3id.org/security/suites/x25519-2019/v1*"): "keys for agreement, not signatures: not carried",
}
"""Topic and pattern of the names, with the reason why these do not give their stated result here."""

TOPICS: tuple[Callable[[], Iterator[Case]], ...] = (
    securing.integrity_proofs,
    securing.selective_disclosure,
    securing.bbs,
    securing.canonical_json,
    securing.canonical_rdf,
    securing.multibase,
    securing.did_keys,
    contents.bitstrings,
    contents.token_lists,
    securing.selective_tokens,
    securing.secured_by_jose_and_cose,
    contents.json_schemas,
    contents.data_model,
    contents.specification_examples,
    contents.open_badges,
    contents.carried_contexts,
    contents.pilot_data,
)


@dataclass
class Row:
    """One topic's outcome."""

    topic: str
    passed: int = 0
    total: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Table:
    """`explained`: name and reason of what did not pass, and need not. `unexplained`: what has to be looked into."""

    rows: tuple[Row, ...]
    explained: tuple[tuple[str, str, str], ...]
    unexplained: tuple[str, ...]


def reason_for(topic: str, name: str) -> tuple[tuple[str, str], str] | None:
    return next((item for item in EXCEPTIONS.items() if item[0][0] == topic and fnmatchcase(name, item[0][1])), None)


def run_all() -> Table:
    rows: dict[str, Row] = {}
    explained: list[tuple[str, str, str]] = []
    unexplained: list[str] = []
    needed = set()
    for case in (case for topic in TOPICS for case in topic()):
        row = rows.setdefault(case.topic, Row(case.topic))
        started = time.perf_counter()
        passed = case.passes()
        row.seconds += time.perf_counter() - started
        row.passed, row.total = row.passed + passed, row.total + 1
        excuse = reason_for(case.topic, case.name)
        if excuse is not None and not passed:
            needed.add(excuse[0])
            explained.append((case.topic, case.name, excuse[1]))
        elif passed is (excuse is not None):
            unexplained.append(
                f"{case.topic}: {case.name}" + (" (passes; its exception is out of date)" if passed else "")
            )
    unexplained += [f"{topic}: {name} (an exception that nothing needs)" for topic, name in EXCEPTIONS.keys() - needed]
    return Table(tuple(rows.values()), tuple(explained), tuple(unexplained))


def main() -> int:
    if not FOLDER.is_dir():
        print("the shared test vectors (../shared/vectors) are not on this machine")
        return 1
    table = run_all()
    for row in table.rows:
        print(f"{row.topic:20} {row.passed:5} of {row.total:5}   {row.seconds:6.1f} s")
    reasons: dict[tuple[str, str], list[str]] = {}
    for topic, name, reason in table.explained:
        reasons.setdefault((topic, reason), []).append(name)
    for (topic, reason), names in reasons.items():
        print(f"\nexception, {topic}: {reason}")
        for name in names:
            print(f"    {name}")
    for line in table.unexplained:
        print(f"\nUNEXPLAINED  {line}")
    return 1 if table.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
