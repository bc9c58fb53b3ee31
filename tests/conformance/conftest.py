"""One conformance server for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.conformance.live import Live, running


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("conformance")) as server:
        yield server
