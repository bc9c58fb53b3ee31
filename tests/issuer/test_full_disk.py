"""A disk that takes no more: the answer says so, nothing that was acknowledged is lost, and with room all goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from issuer.audit import service as audit
from issuer.issuance.models import CredentialState
from issuer.issuance.service import recover
from issuer.staff.service import Scope
from tests.issuer.college import College

ROOT = Path(__file__).resolve().parents[2]

ISSUE_UNTIL_FULL = """
import json, resource, sys
from pathlib import Path
from fastapi.testclient import TestClient
from issuer.app import build_app
from tests.issuer.college import PUBLIC_URL, settings

folder, authorization, room, *completions = sys.argv[1:]
app = build_app(settings(Path(folder)))
system = TestClient(app, base_url=PUBLIC_URL, headers={"authorization": authorization})
limit = (Path(folder) / "passport.sqlite3-wal").stat().st_size + int(room)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for completion in completions:
    answer = system.post("/api/v1/credentials", json={"completionId": completion})
    kept = answer.json().get("verifiableCredential") or answer.json()
    print(json.dumps({"status": answer.status_code, "retry": answer.headers.get("retry-after"), "body": kept}))
lists = system.get("/api/v1/credentials").status_code
print(json.dumps({"status": lists, "retry": None, "body": {}}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits a file's size as POSIX systems do")
@pytest.mark.parametrize("room", [30_000, 150_000])
def test_D_KIL_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, room: int) -> None:
    college = College.open(tmp_path, learners=8)
    authorization = college.api(Scope.ISSUE, Scope.READ).headers["authorization"]
    run = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            ISSUE_UNTIL_FULL,
            str(tmp_path),
            authorization,
            str(room),
            *college.completions,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    *answers, listed = map(json.loads, run.stdout.splitlines())
    acknowledged = [one["body"] for one in answers if one["status"] == 201]
    refused = [one for one in answers if one["status"] != 201]
    assert refused
    assert {(one["status"], one["retry"], one["body"]["title"]) for one in refused} == {
        (507, "60", "The service cannot keep anything at the moment")
    }
    assert listed["status"] == 200, "reading goes on"

    kept = {one.credential_id: one for one in college.credentials()}
    for document in acknowledged:
        assert kept[document["id"]].state is CredentialState.ISSUED
        assert json.loads(college.bodies(kept[document["id"]].id)[0]) == document
    with college.office.database.reading() as session:
        audit.verify_chain(session)
    college.clock.advance(days=3650)
    recover(college.office)
    college.issue()
    issued = [one for one in college.credentials() if one.state is CredentialState.ISSUED]
    assert sorted(one.completion_id for one in issued) == sorted(college.completions)
