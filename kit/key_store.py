"""Opening a service's key store: its secret is made at the first start of all, and never again."""

from __future__ import annotations

from pathlib import Path

from keys.store import KeyStore, SecretFile


def open_key_store(path: Path, secret_path: Path) -> KeyStore:
    """Return the key store at `path`, opened by the secret file at `secret_path`.

    A secret is made only where neither exists yet: one that was lost is never papered over by a new one that opens
    nothing. Raises `keys.store.KeyStoreError`.
    """
    for folder in (path.parent, secret_path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    first_start = not secret_path.exists() and not path.exists()
    return KeyStore(path, SecretFile.make(secret_path) if first_start else SecretFile(secret_path))
