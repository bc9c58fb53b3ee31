"""dbos, and nothing else of dbos elsewhere: the queue on which the lanes of jobs wait, shared by all worker processes.

A lane is one worker's turn at one job: a workflow that takes chunk after chunk until none is left. dbos hands each
lane to exactly one process and remembers over crashes which process that was. It does not notice that a process of
several is gone (its makers sell that apart); `issuer.jobs.worker` does, and has its lanes carried on (`take_over`).
Nothing rests on that: a lane too many or one too few changes how fast a job is, never what becomes of a row.

Imported only by a worker that has something to do. One worker per process: dbos is one per process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from dbos import DBOS, DBOSConfig, SetWorkflowID

from issuer.base import new_id
from kit.database import Database

_QUEUE = "lanes"
_LIVE = ["ENQUEUED", "PENDING"]
_VERSION = "1"
"""Of what a lane is: goes up when workers of the last release could not carry on lanes of this one."""
_POLL_SECONDS = 0.5

_walk: list[Callable[[str], bool]] = []


@DBOS.workflow(name="issue-lane")
def _lane(job_id: str) -> None:
    """Walk the job; where another job waits too, go to the end of the queue after a while."""
    if _walk[-1](job_id):
        _enqueue(job_id)


def start(database: Database, worker_id: str, walk: Callable[[str], bool]) -> None:
    """Take lanes from the queue from now on. `walk` works on a job and says whether its lane is to come back."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
    _walk.append(walk)
    config: DBOSConfig = {
        "name": "skills-passport-issuer",
        "system_database_url": _address(database),
        "dbos_system_schema": "dbos",
        "executor_id": worker_id,
        "application_version": _VERSION,
        "log_level": "ERROR",
        "enable_otlp": False,
        "use_listen_notify": False,
        "sys_db_pool_size": 4,
        "max_executor_threads": 8,
        "scheduler_polling_interval_sec": 3600.0,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_SECONDS)


def stop() -> None:
    """Take no further lanes."""
    DBOS.destroy()
    _walk.pop()


def ensure_lanes(job_id: str, wanted: int) -> None:
    """Put lanes of the job on the queue until there are as many as `wanted`, waiting or under way.

    Two workers that do so at once may put more: the superfluous ones find nothing to do.
    """
    live = DBOS.list_workflows(workflow_id_prefix=f"{job_id}/", status=_LIVE, load_input=False, load_output=False)
    for _ in range(wanted - len(live)):
        _enqueue(job_id)


def take_over(worker_id: str) -> None:
    """Put the lanes that a dead worker had under way back on the queue."""
    left = DBOS.list_workflows(executor_id=worker_id, status="PENDING", load_input=False, load_output=False)
    for lane in left:
        DBOS.resume_workflow(lane.workflow_id, queue_name=_QUEUE)


def _enqueue(job_id: str) -> None:
    with SetWorkflowID(f"{job_id}/{new_id()}"):
        DBOS.enqueue_workflow(_QUEUE, _lane, job_id)


def _address(database: Database) -> str:
    """A schema of its own on a server; a file beside the service's where that is one."""
    url = database.url
    if database.is_sqlite:
        url = url.set(database=f"{url.database}.jobs")
    return url.render_as_string(hide_password=False)
