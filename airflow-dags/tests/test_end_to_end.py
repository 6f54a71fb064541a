"""Airflow's own scheduler runs real drivers on the local stack: Kafka, S3, the metastore, Spark, Delta."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest
from conftest import CHECKOUT, DAGS, wait_for

# Half a year away from now, so that only what the test asks for runs.
NEVER = f"0 0 1 {(datetime.now().month + 5) % 12 + 1} *"
FIRST, SECOND = 2000, 3000


class Stack:
    """The local stack of the project."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._run("local", "up", "--data", str(folder))
        lines = (folder / "env").read_text().splitlines()
        pairs = (re.match(r"(?:export )?(\w+)=(.*)", line) for line in lines)
        self.environment = {pair[1]: pair[2].strip("'\"") for pair in pairs if pair}

    def down(self) -> None:
        self._run("local", "down", "--data", str(self._folder))

    def produce(self, topic: str, first: int, count: int) -> None:
        source = Path(__file__).with_name("Produce.java")
        java = Path(os.environ["JAVA_HOME"]) / "bin/java" if os.environ.get("JAVA_HOME") else "java"
        jars = f"{CHECKOUT}/local-stack/kafka-runtime/target/lib/*"
        words = [self.environment["KAFKA_BOOTSTRAP_SERVERS"], topic, str(first), str(count)]
        subprocess.run([str(java), "-cp", jars, str(source), *words], check=True, timeout=120, stderr=subprocess.DEVNULL)

    def register(self, dataset: str) -> None:
        document = {"source": {"topic": dataset}, "columns": [{"name": "id", "type": "bigint"}]}
        request = urllib.request.Request(
            f"{self.environment['TRIBUTARY_METASTORE_URL']}/datasets/{dataset}",
            json.dumps(document).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def account(self, dataset: str) -> dict:
        """What reconcile --deep says, which reads every coordinate of archive and table."""
        printed = self._run("reconcile", "--dataset", dataset, "--deep", "--json")
        return json.loads(printed.splitlines()[-1])

    def _run(self, *words: str) -> str:
        environment = os.environ | {"TRIBUTARY_BUILD": "never"} | getattr(self, "environment", {})
        command = [str(CHECKOUT / "tributary"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, f"{words} left with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout


class Airflow:
    """`airflow standalone` with a home of its own."""

    def __init__(self, folder: Path, variables: dict[str, str]):
        self.folder = folder
        folder.mkdir()
        with socket.socket() as probe, socket.socket() as second:
            probe.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            port, logs_port = probe.getsockname()[1], second.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        environment = os.environ | variables | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": self._url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(logs_port),
        }  # fmt: skip
        with (folder / "standalone.log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "standalone"], env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def trigger(self, dag: str) -> str:
        """Starts a run as soon as the DAG is there, and returns its id."""

        def ask():
            request = urllib.request.Request(
                f"{self._url}/api/v2/dags/{dag}/dagRuns", b'{"logical_date": null}', {"Content-Type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.loads(answer.read())["dag_run_id"]
            except OSError:
                return None

        return wait_for(ask, f"the DAG {dag}", 120)

    def ended(self, dag: str, run: str | None = None, besides: int = 0) -> str:
        """Waits until the run, or any but the first few, has ended; returns its state."""

        def look():
            rows = self._rows("select run_id, state from dag_run where dag_id = ? order by id", dag)[besides:]
            states = [state for run_id, state in rows if run in (None, run_id) and state in ("success", "failed")]
            return states[0] if states else None

        return wait_for(look, f"the end of {dag}", 180)

    def tasks(self, dag: str) -> list[tuple[str, int]]:
        """State and number of tries of each task of all runs, oldest first."""
        query = "select ti.state, ti.try_number from task_instance ti join dag_run dr on dr.run_id = ti.run_id and dr.dag_id = ti.dag_id"
        return self._rows(query + " where ti.dag_id = ? order by dr.id", dag)

    def log(self, dag: str) -> str:
        """What all tasks of a DAG logged."""
        return "".join(path.read_text() for path in sorted((self.folder / "logs").glob(f"dag_id={dag}/**/*.log")))

    def _rows(self, query: str, *values: object) -> list[tuple]:
        try:
            with sqlite3.connect(f"file:{self.folder}/airflow.db?mode=ro", uri=True, timeout=5) as database:
                return database.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []


@pytest.fixture
def stack(tmp_path):
    missing = [name for name in ("classpath", "../spark-runtime/target/lib") if not (CHECKOUT / "local-stack/target" / name).exists()]
    assert not missing, f"The project is not built: {missing} is missing. Run mvn -DskipTests package first."
    found = Stack(tmp_path / "stack")
    yield found
    found.down()


@pytest.fixture
def airflow(tmp_path, stack):
    variables = stack.environment | {
        "TRIBUTARY_CHECKOUT": str(CHECKOUT),
        "TRIBUTARY_AIRFLOW_HOME": str(CHECKOUT),
        "TRIBUTARY_AIRFLOW_SPARK_SUBMIT": str(Path(__file__).with_name("local-spark-submit")),
        "TRIBUTARY_AIRFLOW_MASTER": "local[2]",
        "TRIBUTARY_AIRFLOW_CATALOG": str(tmp_path / "catalog.json"),
        "TRIBUTARY_AIRFLOW_RETRY_DELAY": "1s",
        "TRIBUTARY_AIRFLOW_DRIVER_OPTIONS": "--retry.base 100ms",
    }
    variables |= {f"TRIBUTARY_AIRFLOW_{key}SCHEDULE": NEVER for key in ("", "PHASE2_", "SYNC_", "RECONCILE_", "MAINTENANCE_")}
    running = Airflow(tmp_path / "airflow", variables)
    yield running
    running.stop()
    shutil.rmtree(tmp_path / "airflow" / "logs", ignore_errors=True)


def test_the_scheduler_takes_records_from_kafka_to_the_table_and_a_killed_task_loses_none(stack, airflow):
    stack.produce("trips", 0, FIRST)
    stack.register("trips")
    assert airflow.ended("tributary_catalog_sync", airflow.trigger("tributary_catalog_sync")) == "success"

    assert airflow.ended("tributary_phase1__trips", airflow.trigger("tributary_phase1__trips")) == "success"
    # The asset of phase 1 calls phase 2.
    assert airflow.ended("tributary_phase2__trips") == "success"
    assert f'"processed": {FIRST}' in airflow.log("tributary_phase2__trips").replace("\\", "")
    account = stack.account("trips")
    assert (account["verdict"], account["table"]["totals"]["inserted"]) == ("balanced", FIRST)

    stack.produce("trips", FIRST, SECOND)
    run = airflow.trigger("tributary_phase1__trips")
    killed = wait_for(lambda: _tasks_with_a_driver(stack), "the second driver of phase 1", 60)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert airflow.ended("tributary_phase1__trips", run) == "success"
    assert airflow.ended("tributary_phase2__trips", besides=1) == "success"
    assert airflow.tasks("tributary_phase1__trips")[1] == ("success", 2)
    account = stack.account("trips")
    assert (account["verdict"], account["table"]["totals"]["inserted"]) == ("balanced", FIRST + SECOND)

    assert airflow.ended("tributary_reconcile", airflow.trigger("tributary_reconcile")) == "success"


def _tasks_with_a_driver(stack: Stack) -> list[int]:
    """The process ids of the tasks whose runner has a driver of phase 1 under way."""
    parents = {}
    drivers = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            mine = stack.environment["TRIBUTARY_METASTORE_URL"].encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if mine and "SparkSubmit" in words and "dev.tributary.phase1.Phase1" in words:
            drivers.append(int(folder.name))
    return [parents[parents[pid]] for pid in drivers if parents.get(pid) in parents]
