"""The one place in which spark-submit's arguments are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from .settings import METRICS_HOST, PREFIX, Settings, as_flag

_MAIN = {1: "dev.tributary.phase1.Phase1", 2: "dev.tributary.phase2.Phase2"}
# Programs of their own in the jar of phase 2.
_PROGRAMS = {"backfill": "dev.tributary.phase2.Backfill", "maintain": "dev.tributary.phase2.Maintain"}


@dataclass(frozen=True)
class Job:
    """What a driver is to do: the phase, which sources or datasets, and whether it goes on for ever. Of a
    ``program`` of its own (``backfill``, ``maintain``) the selection is everything that says what is to be done."""

    phase: int
    selection: tuple[str, ...]
    continuous: bool = False
    program: str = ""

    @property
    def name(self) -> str:
        """As it stands in Spark's list of applications."""
        return f"tributary-{self.program or f'phase{self.phase}'}"

    @property
    def main(self) -> str:
        """The class that spark-submit starts."""
        return _PROGRAMS[self.program] if self.program else _MAIN[self.phase]


@dataclass(frozen=True)
class Attempt:
    """One start of a driver: its id, where it writes its result, the port that it answers on."""

    run_id: str
    result: Path
    metrics_port: int = 0


def command(settings: Settings, job: Job, attempt: Attempt) -> list[str]:
    """The whole command line. It differs between local[*], spark://, k8s:// and yarn in nothing but
    settings."""
    return [
        settings.spark_submit,
        "--master", settings.master,
        "--deploy-mode", "client",
        "--name", job.name,
        "--driver-memory", settings.driver_memory,
        *settings.submit_options,
        "--class", job.main,
        settings.phase1_jar if job.phase == 1 else settings.phase2_jar,
        *job.selection,
        *_span(settings, job),
        "--stop-timeout", as_flag(settings.stop_timeout),
        "--run-id", attempt.run_id,
        "--result", str(attempt.result),
        *_metrics_host(settings),
        "--metrics.port", str(attempt.metrics_port),
        *settings.driver_options,
    ]  # fmt: skip


def _metrics_host(settings: Settings) -> list[str]:
    """Where it is asked how it is, whatever its variables and its file of settings say: a flag beats both."""
    given = any(word.split("=", 1)[0] == "--metrics.host" for word in settings.driver_options)
    return [] if given else ["--metrics.host", METRICS_HOST]


def _span(settings: Settings, job: Job) -> list[str]:
    """When its batches begin and when it leaves by itself."""
    if job.program:
        longest = settings.max_backfill_duration if job.program == "backfill" else settings.max_duration
        return ["--max-duration", as_flag(longest)]
    if job.continuous:
        return ["--trigger", as_flag(settings.trigger), "--max-duration", as_flag(settings.run_length)]
    return ["--trigger", "available-now", "--max-duration", as_flag(settings.max_duration)]


# Its settings, connections and variables.
AIRFLOWS = ("AIRFLOW__", "AIRFLOW_CONN_", "AIRFLOW_VAR_")


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """A driver's environment: that of the task without the variables of the DAGs, and without Airflow's own, among
    which are the secrets of its database, its tokens and its connections."""
    return {name: value for name, value in inherited.items() if not name.startswith((PREFIX, *AIRFLOWS))}


def run_id(task: Mapping[str, str], start: int = 0) -> str:
    """The id of a run in logs, manifests and plans, so that each of them leads back to the task, and no two
    drivers have the same: DAG, DAG run, task, which of those that it is mapped to, try and, where a
    driver is restarted within a try, the restart. ``task`` holds the variables that RunOperator exports."""
    words = [task.get(f"AIRFLOW_CTX_{key}", "") for key in ("DAG_ID", "DAG_RUN_ID", "TASK_ID", "MAP_INDEX")]
    words.append(str(try_number(task)) + (f"-{start}" if start else ""))
    whole = ".".join(word for word in words if word)
    return re.sub(r"[^A-Za-z0-9._:+@-]", "_", whole)[-200:]


def try_number(task: Mapping[str, str]) -> int:
    """1 for a task's first try."""
    text = task.get("AIRFLOW_CTX_TRY_NUMBER", "1")
    return int(text) if text.isdigit() else 1


def grace(settings: Settings) -> timedelta:
    """How long a driver that was told to go gets before it is killed: its own stop-timeout, and what it
    needs to write its result."""
    return settings.stop_timeout + timedelta(seconds=30)
