"""Node and the peers' packages: left out with a reason where absent."""

import pytest

from tests.node import Peer, installed_peer


@pytest.fixture(scope="session")
def peer() -> Peer:
    """Digital Bazaar's verifier and issuer; see `peer.mjs`."""
    return installed_peer("peer.mjs")


@pytest.fixture(scope="session")
def tokens() -> Peer:
    """Tokens of other libraries: JWT, SD-JWT, status lists; see `tokens.mjs`."""
    return installed_peer("tokens.mjs")


@pytest.fixture(scope="session")
def cose() -> Peer:
    """COSE messages of another library; see `cose.mjs`."""
    return installed_peer("cose.mjs")
