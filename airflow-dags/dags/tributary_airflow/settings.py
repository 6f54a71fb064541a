"""Every variable of the module, declared once. Only the standard library: the runner imports it too."""

from __future__ import annotations

import difflib
import glob
import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

PREFIX = "TRIBUTARY_AIRFLOW_"
METASTORE_URL = "TRIBUTARY_METASTORE_URL"
METASTORE_TOKEN = "TRIBUTARY_METASTORE_TOKEN"
METASTORE_CA = "TRIBUTARY_METASTORE_CA"

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_CHECKOUT = Path(__file__).resolve().parents[3]

# Where continuous drivers are asked how they are.
METRICS_HOST = "127.0.0.1"
# What is reached there.
_METRICS_HOSTS = (METRICS_HOST, "0.0.0.0")

# What the module itself gives to spark-submit and to the drivers (submit.py).
_OWN_SUBMIT_OPTIONS = ("--master", "--class", "--name", "--driver-memory")
_OWN_DRIVER_FLAGS = (
    "--dataset --source --group --all --trigger --max-duration --stop-timeout --run-id --result --metrics.port"
).split()


class SettingsError(ValueError):
    """Variables are wrong; the message names all of them."""


def duration(text: str) -> timedelta:
    """Reads 500ms, 10s, 5m, 2h or 1d."""
    match = re.fullmatch(r"(\d{1,9})(ms|s|m|h|d)", text)
    if not match:
        raise ValueError("Use a number and a unit: 500ms, 10s, 5m, 2h, 1d.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def as_flag(span: timedelta) -> str:
    """A duration as the drivers read it."""
    return f"{round(span.total_seconds() * 1000)}ms"


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise ValueError("Use a whole number from 0 to 999999.")
    return int(text)


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,2}", text):
        raise ValueError("Use a whole number from 1 to 999.")
    return int(text)


def _base_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]\S*", text):
        raise ValueError("Use the address that begins with http:// or https://.")
    return text.rstrip("/")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _homes(text: str) -> dict[str, str]:
    homes = {}
    for pair in _names(text):
        group, _, home = pair.partition("=")
        if not group or not home.startswith("/"):
            raise ValueError("Use pairs of a group and a folder: 'sales=/opt/tributary-next'.")
        homes[group] = home
    return homes


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"Use one of {', '.join(allowed)}.")
        return text

    return parse


def _flag(text: str) -> bool:
    return _choice("true", "false")(text) == "true"


def _cron(text: str) -> str:
    if len(text.split()) != 5:
        raise ValueError("Use a cron expression of five fields, such as '*/15 * * * *'; it is read in UTC.")
    return text


def _submit_options(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    keys = {word.split("=", 1)[0] for word in words}
    own = sorted(keys.intersection(_OWN_SUBMIT_OPTIONS))
    if own:
        raise ValueError(f"{', '.join(own)} is given by a variable of its own or by the DAGs. Leave it out.")
    if "--deploy-mode" in keys or any("spark.submit.deployMode" in word for word in words):
        raise ValueError(
            "The drivers run in client mode: in cluster mode neither their exit code nor the end of a killed"
            " task would reach the other side. Leave the deploy mode out."
        )
    return words


def _driver_options(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    own = sorted({word.split("=", 1)[0] for word in words}.intersection(_OWN_DRIVER_FLAGS))
    if own:
        raise ValueError(f"{', '.join(own)} is given by the DAGs. Leave it out.")
    for word, after in zip(words, (*words[1:], "")):
        key, given, value = word.partition("=")
        if key == "--metrics.host" and (value if given else after) not in _METRICS_HOSTS:
            raise ValueError(
                f"The DAGs ask the drivers at {METRICS_HOST} how they are: --metrics.host may be {' or '.join(_METRICS_HOSTS)}"
                f" and nothing else. Leave it out for {METRICS_HOST}."
            )
    return words


def _maintain_options(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    own = sorted({word.split("=", 1)[0] for word in words}.intersection((*_OWN_DRIVER_FLAGS, "--metrics.host", "--dry-run", "--json")))
    if own:
        raise ValueError(f"{', '.join(own)} is given by the DAGs. Leave it out.")
    return words


@dataclass(frozen=True)
class Variable:
    """A variable: its name without the prefix, what it is, its default as text, how it is read."""

    key: str
    doc: str
    default: str
    parse: Callable[[str], Any] = str

    @property
    def name(self) -> str:
        return PREFIX + self.key


VARIABLES = (
    Variable("HOME", "A built checkout of the project: the drivers' jars and the launcher come from it.", str(_CHECKOUT), Path),
    Variable("NEXT", "Groups that run another release before the others do, each with the built checkout that it comes from: `sales=/opt/tributary-next`, with commas between them. Their phase 2 and their backfills run it, and phase 1 of the sources that nobody else reads.", "", _homes),
    Variable("CATALOG", "The snapshot of the catalog. Scheduler, DAG processor and workers must see the same file.", "$AIRFLOW_HOME/tributary/catalog.json", Path),
    Variable("COMMAND", "The launcher `tributary`, for reconcile and the maintenance of archives.", "$TRIBUTARY_AIRFLOW_HOME/tributary"),
    Variable("SPARK_SUBMIT", "The spark-submit of Spark 4.2.", "$SPARK_HOME/bin/spark-submit, else spark-submit"),
    Variable("PHASE1_JAR", "The shaded jar of phase 1; any URI that spark-submit takes.", "$TRIBUTARY_AIRFLOW_HOME/phase1-raw/target/phase1-raw-*-all.jar"),
    Variable("PHASE2_JAR", "The shaded jar of phase 2.", "$TRIBUTARY_AIRFLOW_HOME/phase2-lakehouse/target/phase2-lakehouse-*-all.jar"),
    Variable("MASTER", "The master: `local[*]`, `spark://…`, `k8s://…` or `yarn`.", "local[*]"),
    Variable("DRIVER_MEMORY", "The driver's heap.", "2g"),
    Variable("SUBMIT_OPTIONS", "Further options of spark-submit, as a shell would read them: `--conf spark.executor.memory=4g`.", "", _submit_options),
    Variable("DRIVER_OPTIONS", "Further flags of the drivers: `--s3.path-style --log.format json`.", "", _driver_options),
    Variable("PER", "`dataset`: a phase 1 DAG a source and a phase 2 DAG a dataset; `group`: one of each a group.", "dataset", _choice("dataset", "group")),
    Variable("PHASES", "`false` where drivers that somebody else keeps running do both phases: there are no DAGs of these then.", "true", _flag),
    Variable("CONTINUOUS", "The groups whose drivers run all the time, with commas between them; `*`: all.", "", _names),
    Variable("SCHEDULE", "When phase 1 runs.", "*/15 * * * *", _cron),
    Variable("PHASE2_SCHEDULE", "When phase 2 runs even if no run of phase 1 called it.", "30 3 * * *", _cron),
    Variable("SYNC_SCHEDULE", "When the catalog is read.", "*/5 * * * *", _cron),
    Variable("RECONCILE_SCHEDULE", "When the accounts are checked.", "0 6 * * *", _cron),
    Variable("MAINTENANCE_SCHEDULE", "When archives and tables are kept in order.", "0 4 * * *", _cron),
    Variable("MAINTAIN_OPTIONS", "What is done to tables where it is not to be as the `maintenance` of each dataset says, as flags of `./tributary maintain`: `--optimize --vacuum --retain-hours 336`.", "", _maintain_options),
    Variable("SWEEP_OLDER_THAN", "How old a file that no entry names must be for maintenance to remove it: longer than any batch takes.", "1d", duration),
    Variable("TIMEOUT", "How long a run may take; the driver is told to leave a little earlier, after a batch.", "2h", duration),
    Variable("STOP_TIMEOUT", "How long a driver that is told to go may finish its batch before it is killed.", "2m", duration),
    Variable("RETRIES", "How often a failed task is tried again.", "3", _count),
    Variable("RETRY_DELAY", "The wait before the first retry; it doubles, with jitter.", "30s", duration),
    Variable("RETRY_CAP", "The longest wait before a retry.", "15m", duration),
    Variable("POOL", "The pool of all drivers; with `TRIBUTARY_AIRFLOW_API_URL` of all but those of backfills, which run beside it in the pools of their tables. It must exist.", "default_pool"),
    Variable("API_URL", "Airflow's own API, `http://api-server:8080`. With it the backfills of each table have a pool of their own, which `tributary_catalog_sync` makes, and a pool that is missing is an error and no endless wait.", "", _base_url),
    Variable("API_USER", "Who asks Airflow's API; needs to read and create pools.", ""),
    Variable("API_PASSWORD", "The password, or a reference to it: `env:NAME`, `file:/path`.", ""),
    Variable("BACKFILLS_PER_TABLE", "How many drivers of backfills may stand in line at one table: the slots that its pool is made with.", "1", _positive),
    Variable("BACKFILL_TIMEOUT", "How long a try at one day of a backfill may take; the next one goes on where it stopped.", "1d", duration),
    Variable("OWNER", "The owner of the DAGs.", "tributary"),
    Variable("TAGS", "Further tags, with commas between them.", "", _names),
    Variable("ALERT_URL", "Gets a JSON document by POST for each failed task and for each pipeline that fails in a driver that goes on.", ""),
    Variable("TRIGGER", "How far apart batches of continuous drivers begin.", "10s", duration),
    Variable("RUN_LENGTH", "After this time a continuous driver finishes its batch and a new run begins.", "1d", duration),
    Variable("WATCH_INTERVAL", "How often a continuous driver is asked how it is.", "10s", duration),
    Variable("START_TIMEOUT", "How long a continuous driver may take until it answers.", "5m", duration),
    Variable("SILENCE", "How long it may not answer before it is restarted.", "2m", duration),
    Variable("STALL", "How long records that no spec lets wait may do so without a commit before it is restarted.", "30m", duration),
    Variable("RESTARTS", "How many restarts in a row before it is given up.", "5", _count),
    Variable("SETTLED", "A driver that ran this long and did its work has its restarts counted from 0 again.", "10m", duration),
)

_BY_NAME = {variable.name: variable for variable in VARIABLES}


class Settings:
    """The values of all variables, as attributes in lower case."""

    def __init__(self, environment: Mapping[str, str]):
        """Reads them. SettingsError names every problem at once."""
        problems = []
        for name in sorted(environment):
            if name.startswith(PREFIX) and name not in _BY_NAME:
                near = difflib.get_close_matches(name, _BY_NAME, n=1)
                meant = f" Did you mean {near[0]}?" if near else " docs/airflow.md lists them all."
                problems.append(f"{name} is no variable of the DAGs.{meant}")
        for variable in VARIABLES:
            given = environment.get(variable.name, "").strip()
            try:
                value = variable.parse(given) if given else self._default(variable, environment)
            except ValueError as e:
                problems.append(f"{variable.name} is '{given}', which is not allowed. {e}")
                continue
            setattr(self, variable.key.lower(), value)
        if problems:
            raise SettingsError("\n".join(problems))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"There is no setting {name}.")

    @property
    def max_duration(self) -> timedelta:
        """When a driver of the given TIMEOUT is told to leave: early enough for its last batch."""
        return self._early(self.timeout)

    @property
    def max_backfill_duration(self) -> timedelta:
        """The same of a backfill."""
        return self._early(self.backfill_timeout)

    def _early(self, timeout: timedelta) -> timedelta:
        return timeout - min(timeout / 2, self.stop_timeout + timedelta(minutes=5))

    def _default(self, variable: Variable, environment: Mapping[str, str]) -> Any:
        if variable.key == "CATALOG":
            home = environment.get("AIRFLOW_HOME", "").strip() or os.path.expanduser("~/airflow")
            return Path(home) / "tributary" / "catalog.json"
        if variable.key == "COMMAND":
            return str(self.home / "tributary")
        if variable.key == "SPARK_SUBMIT":
            spark_home = environment.get("SPARK_HOME", "").strip()
            return str(Path(spark_home) / "bin" / "spark-submit") if spark_home else "spark-submit"
        if variable.key.endswith("_JAR"):
            pattern = variable.default.replace("$TRIBUTARY_AIRFLOW_HOME", str(self.home))
            # Where none was built the pattern stays, and the run says so.
            return next(iter(sorted(glob.glob(pattern))), pattern)
        # An address has no default, and none is no address.
        return "" if variable.key == "API_URL" else variable.parse(variable.default)


def of_process() -> Settings:
    """The settings of this process's environment."""
    return Settings(os.environ)
