"""The pools of Airflow, by its own REST API: a task has no way to its database."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from .catalog import Dataset, resolve
from .settings import Settings

_TIMEOUT_SECONDS = 10
_PAGE = 100
_NAME_LENGTH = 200


class ApiAway(Exception):
    """Airflow's API does not answer now."""


class ApiRefused(Exception):
    """Airflow's API answers that it will not; the message says what and what to do."""


def table_pool(dataset: Dataset) -> str:
    """The pool of a table's backfills. Two tables whose places differ in nothing but punctuation share
    one, which only makes them wait for each other."""
    slug = re.sub(r"[^A-Za-z0-9]+", "_", dataset.table or dataset.name).strip("_")
    return f"tributary_table_{slug[-_NAME_LENGTH:]}"


class AirflowApi:
    """Airflow's API as the settings name it. Not made before a task runs."""

    def __init__(self, settings: Settings):
        self._url = settings.api_url
        self._user = settings.api_user
        self._password = settings.api_password
        self._token = ""

    def has_pool(self, name: str) -> bool:
        """Whether there is a pool of this name."""
        return self._ask("GET", f"/api/v2/pools/{urllib.parse.quote(name, safe='')}", missing=404) is not None

    def pools(self) -> set[str]:
        """The names of all pools."""
        names: set[str] = set()
        while True:
            page = self._ask("GET", f"/api/v2/pools?order_by=id&limit={_PAGE}&offset={len(names)}") or {}
            found = {pool["name"] for pool in page["pools"]}
            names |= found
            if not found or len(names) >= page["total_entries"]:
                return names

    def make_pool(self, name: str, slots: int, description: str) -> bool:
        """Makes a pool unless there is one, whose slots stay as they are; whether it was made."""
        body = {"name": name, "slots": slots, "description": description}
        return self._ask("POST", "/api/v2/pools", body, missing=409) is not None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, missing: int = 0) -> dict[str, Any] | None:
        """The answer's document, None if the answer is the status that means that it is not so."""
        if not self._token:
            self._token = self._log_in()
        return self._send(method, path, body, {"Authorization": f"Bearer {self._token}"}, missing)

    def _log_in(self) -> str:
        if self._user:
            body = {"username": self._user, "password": resolve(self._password, "password")}
            answer = self._send("POST", "/auth/token", body, {})
        else:
            answer = self._send("GET", "/auth/token", None, {})
        return (answer or {}).get("access_token", "")

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str], missing: int = 0
    ) -> dict[str, Any] | None:
        data = None if body is None else json.dumps(body).encode()
        headers = headers | {"Accept": "application/json", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self._url + path, data, headers, method=method)
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as e:
            if e.code == missing:
                return None
            if e.code >= 500 or e.code in (408, 429):
                raise ApiAway(f"Airflow's API answered {method} {self._url}{path} with {e.code}.") from e
            raise ApiRefused(
                f"Airflow's API answered {method} {self._url}{path} with {e.code}. Correct TRIBUTARY_AIRFLOW_API_URL,"
                " TRIBUTARY_AIRFLOW_API_USER and TRIBUTARY_AIRFLOW_API_PASSWORD; the user needs to read and create pools."
            ) from e
        except (OSError, ValueError) as e:
            raise ApiAway(f"Airflow's API does not answer at {self._url}: {e}. Correct TRIBUTARY_AIRFLOW_API_URL.") from e
