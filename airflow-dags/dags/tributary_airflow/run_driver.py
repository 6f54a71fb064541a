"""What BashOperator runs: `python -I run_driver.py batch|supervise PHASE SELECTION…` for a driver,
`backfill SELECTION…` for one of a backfill, `maintain SELECTION…` for one that keeps tables in order, `reconcile
DATASET [--deep]` and `retain|compact|sweep SOURCE [--change]` for what looks after archives and accounts. It has
no need of Airflow, leaves with the exit code that outcomes.py explains, and prints a summary as its last line."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tributary_airflow import checks, drivers, outcomes, settings, submit, supervision  # noqa: E402
from tributary_airflow.processes import StopRequest  # noqa: E402


_PROGRAMS = {"backfill": drivers.backfill, "maintain": drivers.maintain}


def main(arguments: list[str]) -> int:
    stop = StopRequest(os.environ.get("AIRFLOW_CTX_TASK_PID", ""))
    if stop:
        # The task was killed while Python started here; its next try may be at work.
        return outcomes.STOPPED
    try:
        known = settings.of_process()
    except settings.SettingsError as e:
        return drivers.refuse(str(e))
    if arguments[:1] in (["backfill"], ["maintain"]):
        # The flags are the driver's own; argparse hands none on that comes first.
        program = arguments[0]
        return _drive(known, _PROGRAMS[program], submit.Job(2, tuple(arguments[1:]), program=program), stop)
    parser = argparse.ArgumentParser(prog="run_driver.py", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("batch", "supervise"):
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument("phase", type=int, choices=(1, 2))
        command.add_argument("selection", nargs=argparse.REMAINDER)
    command = commands.add_parser("reconcile", allow_abbrev=False)
    command.add_argument("dataset")
    command.add_argument("--deep", action="store_true")
    for name in checks.UPKEEP:
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument("source")
        command.add_argument("--change", action="store_true")
    given = parser.parse_args(arguments)
    if given.command == "reconcile":
        return checks.reconcile(known, given.dataset, given.deep, os.environ, stop)
    if given.command in checks.UPKEEP:
        return checks.upkeep(known, given.command, given.source, given.change, os.environ, stop)
    selection = tuple(given.selection)
    if given.command == "batch":
        return _drive(known, drivers.batch, submit.Job(given.phase, selection), stop)
    return _drive(known, supervision.supervise, submit.Job(given.phase, selection, continuous=True), stop)


def _drive(known: settings.Settings, run: Callable[..., int], job: submit.Job, stop: StopRequest) -> int:
    with tempfile.TemporaryDirectory(prefix="tributary-") as folder:
        return run(known, job, os.environ, Path(folder), stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
