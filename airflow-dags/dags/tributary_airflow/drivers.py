"""Runs one driver as one attempt of a job, and reads what it says it did."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import outcomes, submit
from .processes import Child, StopRequest
from .settings import Settings


def say(text: str) -> None:
    """A line for the task's log. Nobody may be there to read it any more."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        pass


def unusable(settings: Settings, job: submit.Job) -> str | None:
    """Why the job cannot be submitted at all, with the remedy."""
    if shutil.which(settings.spark_submit) is None:
        return (
            f"There is no program '{settings.spark_submit}'. Set TRIBUTARY_AIRFLOW_SPARK_SUBMIT, or SPARK_HOME, for"
            " Airflow's workers."
        )
    jar = settings.phase1_jar if job.phase == 1 else settings.phase2_jar
    if "://" not in jar and not os.path.isfile(jar):
        return (
            f"There is no jar '{jar}'. Build it (mvn -DskipTests package), or set TRIBUTARY_AIRFLOW_HOME or"
            f" TRIBUTARY_AIRFLOW_PHASE{job.phase}_JAR for Airflow's workers."
        )
    return None


def start(settings: Settings, job: submit.Job, attempt: submit.Attempt, environment: Mapping[str, str]) -> Child:
    """Starts the driver and says how."""
    command = submit.command(settings, job, attempt)
    say("+ " + shlex.join(command))
    return Child(command, submit.environment(environment))


def summary(result: Path, code: int) -> dict[str, Any]:
    """What the driver did, from the file that it wrote; without one, its exit code alone."""
    try:
        document = json.loads(result.read_bytes())
    except (OSError, ValueError):
        return {"exit_code": code}
    kept = {key: document[key] for key in ("run", "outcome", "processed", "failed", "bytes", "error") if key in document}
    parts = document.get("pipelines", [])
    kept["pipelines"] = [
        {key: part[key] for key in ("pipeline", "state", "processed", "failed", "error") if key in part} for part in parts
    ]
    return kept | {"exit_code": code}


def batch(settings: Settings, job: submit.Job, environment: Mapping[str, str], folder: Path, stop: StopRequest) -> int:
    """Runs a driver up to what is there. The last line is its summary as JSON. Exit code 99: there was
    nothing to do, as far as this try can know: an earlier one may have written something before it
    failed, so that only a first try says so. Exit code 75: phase 2 had to leave before it was done, and
    nobody may call it soon. Phase 1 has a schedule of its own, and what it archived is to be handed on."""
    if problem := unusable(settings, job):
        return refuse(problem)
    code, did = _once(settings, job, environment, folder, stop)
    finished = did.get("outcome") == "finished"
    if code == outcomes.DONE and did.get("outcome") == "stopped" and job.phase == 2:
        code = _not_finished(did, "run", "the archive's end was reached", "TRIBUTARY_AIRFLOW_TIMEOUT")
    say(json.dumps(did))
    nothing = finished and did.get("processed") == 0 and did.get("failed") == 0
    if code == outcomes.DONE and nothing and submit.try_number(environment) == 1:
        return outcomes.SKIP
    return code


def backfill(settings: Settings, job: submit.Job, environment: Mapping[str, str], folder: Path, stop: StopRequest) -> int:
    """Runs a backfill to its end. The last line is its summary as JSON. A driver that had to leave
    before the end has done no wrong, but the day is not done: 75, and the next try goes on there."""
    if problem := unusable(settings, job):
        return refuse(problem)
    code, did = _once(settings, job, environment, folder, stop)
    if code == outcomes.DONE and did.get("outcome") != "finished":
        code = _not_finished(did, "backfill", "the backfill was done", "TRIBUTARY_AIRFLOW_BACKFILL_TIMEOUT")
    say(json.dumps(did))
    return code


def _not_finished(did: dict[str, Any], what: str, end: str, variable: str) -> int:
    message = f"The driver left before {end}; another try goes on where it stopped. Give it more time by {variable}."
    did |= {"exit_code": outcomes.UNAVAILABLE, "error": {"code": f"{what}-not-finished", "message": message}}
    return outcomes.UNAVAILABLE


def maintain(settings: Settings, job: submit.Job, environment: Mapping[str, str], folder: Path, stop: StopRequest) -> int:
    """Keeps tables in order, for as long as a run may take; what is left then is the next run's. The last
    line is its summary as JSON."""
    if problem := unusable(settings, job):
        return refuse(problem)
    code, did = _once(settings, job, environment, folder, stop)
    say(json.dumps(did))
    return code


def _once(
    settings: Settings, job: submit.Job, environment: Mapping[str, str], folder: Path, stop: StopRequest
) -> tuple[int, dict[str, Any]]:
    attempt = submit.Attempt(submit.run_id(environment), folder / "result.json")
    child = start(settings, job, attempt, environment)
    code = child.wait(stop, submit.grace(settings))
    if stop:
        code = outcomes.STOPPED
    return code, summary(attempt.result, code)


def refuse(problem: str) -> int:
    """Says what is wrong as a driver would, and which code that is."""
    say(json.dumps({"exit_code": outcomes.USAGE, "error": {"code": "setting-invalid", "message": problem}}))
    return outcomes.USAGE
