"""What a passphrase costs in tests: next to nothing.

Production pays 64 MiB and a fifth of a second for each, so that guessing does not pay; nearly every test signs somebody
in, and asks who gets in, not how long a guess takes. The algorithm and the code stay the real ones. Tests of the cost
itself ask for the fixture `real_cost`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from kit import passwords
from wallet_demo import vault

_REAL = (passwords._HASHER, passwords._NOBODY, vault.PASSES, vault.MEMORY_KIB)
_CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_CHEAP = (_CHEAP_HASHER, _CHEAP_HASHER.hash("nobody has this password"), 1, 8)


@contextmanager
def cheap() -> Iterator[None]:
    """The smallest cost that argon2id knows."""
    with _costing(*_CHEAP):
        yield


@contextmanager
def real() -> Iterator[None]:
    """The cost in production."""
    with _costing(*_REAL):
        yield


@contextmanager
def _costing(hasher: PasswordHasher, nobody: str, passes: int, memory_kib: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", hasher)
        patch.setattr(passwords, "_NOBODY", nobody)
        patch.setattr(vault, "PASSES", passes)
        patch.setattr(vault, "MEMORY_KIB", memory_kib)
        yield
