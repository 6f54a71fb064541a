"""The operator behind every task that starts a process."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from . import outcomes

_RUNNER = Path(__file__).with_name("run_driver.py")


class RunOperator(BashOperator):
    """Runs run_driver.py with the given words. Its exit code decides: 0 is success, 99 a skip, a code
    of the product that another try cannot mend and a driver that was given up fail the task at once,
    any other code leads to a retry.
    The XCom is the summary that it prints last. A killed task ends what it started: BashOperator
    signals the runner's process group, and the runner ends the driver, also when the task died
    without a word."""

    ui_color = "#d8ece8"

    def __init__(self, *, words: Sequence[str], **kwargs: Any):
        command = shlex.join([sys.executable, "-I", str(_RUNNER), *words])
        super().__init__(bash_command=f"exec {command}", skip_on_exit_code=outcomes.SKIP, **kwargs)
        self.words = words

    def get_env(self, context: Any) -> dict[str, str]:
        """The variables of BashOperator, those that tell the tasks of a run apart, and which process this is."""
        instance = context["ti"]
        own = {"AIRFLOW_CTX_TASK_ID": instance.task_id, "AIRFLOW_CTX_TASK_PID": str(os.getpid())}
        if instance.map_index >= 0:
            own["AIRFLOW_CTX_MAP_INDEX"] = str(instance.map_index)
        return super().get_env(context) | own

    def execute(self, context: Any) -> dict[str, Any]:
        result = self.subprocess_hook.run_command(
            command=["bash", "-c", str(self.bash_command)], env=self.get_env(context), cwd=self.cwd
        )
        did = _summary(result.output)
        if result.exit_code == outcomes.SKIP:
            raise AirflowSkipException("There was nothing new.")
        if result.exit_code == outcomes.DONE:
            return did
        message = f"{_reason(did)} (exit code {result.exit_code})"
        if "gave_up_after" in did:
            raise AirflowFailException(f"{message}. It was restarted {did['gave_up_after']} times.")
        if outcomes.hopeless(result.exit_code, did):
            raise AirflowFailException(f"{message}. Another try with nothing changed would fail too.")
        raise AirflowException(message)


def _summary(last_line: str) -> dict[str, Any]:
    try:
        document = json.loads(last_line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(did: dict[str, Any]) -> str:
    if did.get("findings"):
        return f"{did['dataset']} is {did['verdict']}: " + " ".join(did["findings"])
    error = did.get("error") or {}
    if "message" in error:
        return f"{error.get('code', 'error')}: {error['message']}"
    return "It failed; the log above says why"
