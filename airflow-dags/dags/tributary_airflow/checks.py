"""Runs the launcher's commands that look after archives and tables."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from typing import Any

from . import outcomes, submit
from .drivers import refuse, say
from .processes import Child, StopRequest
from .settings import Settings


def reconcile(settings: Settings, dataset: str, deep: bool, environment: Mapping[str, str], stop: StopRequest) -> int:
    """Checks one dataset's accounts. 0 if nothing is wrong, though records may wait; 3 with all findings
    if something is. The last line is a summary as JSON."""
    words = ["reconcile", "--dataset", dataset, "--json"] + (["--deep"] if deep else [])
    code, lines = launch(settings, words, environment, stop)
    if code is None:
        return outcomes.USAGE
    account = _last_account(lines)
    if stop or account is None:
        # It did not get so far as to a verdict: its error stands in the log above.
        say(json.dumps({"dataset": dataset, "exit_code": outcomes.STOPPED if stop else code} | _error(lines)))
        return outcomes.STOPPED if stop else (code or outcomes.UNAVAILABLE)
    findings = account.get("findings", [])
    say(json.dumps({"dataset": dataset, "verdict": account.get("verdict"), "findings": findings}))
    return outcomes.DATA if account.get("verdict") not in ("balanced", "waiting") else outcomes.DONE


def launch(
    settings: Settings, words: list[str], environment: Mapping[str, str], stop: StopRequest
) -> tuple[int | None, list[str]]:
    """Runs a command of the launcher; its exit code and what it printed. No code if it is not there."""
    if shutil.which(settings.command) is None:
        refuse(
            f"There is no program '{settings.command}'. Set TRIBUTARY_AIRFLOW_HOME or TRIBUTARY_AIRFLOW_COMMAND for"
            " Airflow's workers."
        )
        return None, []
    command = [settings.command, *words]
    say("+ " + shlex.join(command))
    lines: list[str] = []

    def keep(line: str) -> None:
        lines.append(line)
        say(line)

    child = Child(command, submit.environment(environment) | {"TRIBUTARY_BUILD": "never"}, keep)
    return child.wait(stop, submit.grace(settings)), lines


def _last_account(lines: list[str]) -> dict[str, Any] | None:
    for line in reversed(lines):
        if line.startswith("{"):
            try:
                account = json.loads(line)
            except ValueError:
                continue
            if "verdict" in account:
                return account
    return None


def _error(lines: list[str]) -> dict[str, Any]:
    """The line that every program of the product leaves on standard error: program: code: message."""
    for line in reversed(lines):
        parts = line.split(": ", 2)
        if len(parts) == 3 and parts[0].startswith("tributary") and " " not in parts[1]:
            return {"error": {"code": parts[1], "message": parts[2]}}
    return {}
