"""Runs the launcher's commands that look after archives and tables."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import outcomes, submit
from .drivers import refuse, say
from .processes import Child, StopRequest
from .settings import Settings, as_flag


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


@dataclass(frozen=True)
class _Upkeep:
    """A command that changes archives: its flags for a look alone and for the change, and what of its
    answer about a topic belongs into the summary."""

    look: tuple[str, ...]
    change: tuple[str, ...]
    summary: tuple[str, ...]


_UPKEEP = {
    "retain": _Upkeep(("--dry-run",), (), ("topic", "records", "files", "bytes", "removed")),
    "compact": _Upkeep(("--dry-run",), (), ("topic", "report", "done")),
    "sweep": _Upkeep((), ("--delete",), ("topic", "files", "bytes", "removed")),
}
# In the order in which they are of use: what expired need not be compacted, and what was replaced is swept.
UPKEEP = tuple(_UPKEEP)


def upkeep(
    settings: Settings, command: str, source: str, change: bool, environment: Mapping[str, str], stop: StopRequest
) -> int:
    """Shows what the command would do to a source's archives, or does it: ``retain`` takes out what is
    older than the source keeps it, ``compact`` makes few files of many, ``sweep`` removes those that no
    entry of the manifest log names. The last line is a summary as JSON."""
    kind = _UPKEEP[command]
    age = ["--older-than", as_flag(settings.sweep_older_than)] if command == "sweep" else []
    words = [command, "--source", source, *age, "--json", *(kind.change if change else kind.look)]
    code, lines = launch(settings, words, environment, stop)
    if code is None:
        return outcomes.USAGE
    code = outcomes.STOPPED if stop else code
    topics = [document for document in map(_object, lines) if "topic" in document]
    kept = [{key: topic.get(key) for key in kind.summary} for topic in topics]
    say(json.dumps({"source": source, "exit_code": code, "topics": kept} | (_error(lines) or _waits(topics) if code else {})))
    return code


def _waits(topics: list[dict[str, Any]]) -> dict[str, Any]:
    """Why a retention waits, which is no error of the command's: it leaves with 75 and says it of each topic."""
    reasons = [f"{topic['topic']}: {topic['waitsFor']}." for topic in topics if topic.get("waitsFor")]
    return {"error": {"code": "retention-waits", "message": " ".join(reasons)}} if reasons else {}


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
    return next((account for account in map(_object, reversed(lines)) if "verdict" in account), None)


def _object(line: str) -> dict[str, Any]:
    """A line that is a JSON object; another one is an empty object."""
    try:
        document = json.loads(line) if line.startswith("{") else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _error(lines: list[str]) -> dict[str, Any]:
    """The line that every program of the product leaves on standard error: program: code: message."""
    for line in reversed(lines):
        parts = line.split(": ", 2)
        if len(parts) == 3 and parts[0].startswith("tributary") and " " not in parts[1]:
            return {"error": {"code": parts[1], "message": parts[2]}}
    return {}
