"""What `make` says to a newcomer before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

OLD = """#!/bin/sh
exec {python} -c "import sys; sys.version_info = (3, 10); sys.version = '3.10.13 (main)'; exec(sys.argv[1])" "$2"
"""


def test_an_old_python_is_named_and_leaves_no_environment_behind(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")
    old = tmp_path / "old-python"
    old.write_text(OLD.format(python=sys.executable))
    old.chmod(0o755)
    (tmp_path / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/build.txt", "requirements/runtime.txt"):
        (tmp_path / name).touch()
    said = subprocess.run(
        [make, "-f", ROOT / "Makefile", "demo", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert said.returncode != 0
    assert f"Python 3.11 or newer is needed, and {old} is 3.10.13." in said.stderr
    assert not (tmp_path / ".venv").exists()
