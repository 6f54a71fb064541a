"""Who is told when something fails. A failure to report never fails anything."""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import Any

from . import settings as _settings

LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 10


def send(url: str, document: dict[str, Any]) -> None:
    """Logs the document as an error and posts it, where there is a URL."""
    text = json.dumps(document)
    LOG.error("tributary alert: %s", text)
    if not url:
        return
    request = urllib.request.Request(url, text.encode(), {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
            pass
    except (OSError, ValueError) as e:
        LOG.warning("The alert could not be posted to TRIBUTARY_AIRFLOW_ALERT_URL: %s", e)


def task_failed(context: Any) -> None:
    """The failure callback of every task: called when no retry is left."""
    instance = context["task_instance"]
    try:
        url = _settings.of_process().alert_url
    except _settings.SettingsError:
        url = ""  # the DAG file's import error says what is wrong with the settings
    document = {
        "kind": "task-failed",
        "dag": instance.dag_id,
        "task": instance.task_id,
        "map_index": instance.map_index,
        "run": instance.run_id,
        "try": instance.try_number,
        "error": str(context.get("exception") or "the task was ended from outside"),
    }
    send(url, document)
