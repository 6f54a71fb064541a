"""One Airflow, one metastore, and a recording spark-submit for all tests."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[1]
CHECKOUT = Path(os.environ.get("TRIBUTARY_CHECKOUT", MODULE.parent))
DAGS = MODULE / "dags"
FAKES = Path(__file__).with_name("fakes")

# Airflow reads its environment when it is imported, so this comes first.
AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="tributary-airflow-"))
for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "TRIBUTARY_AIRFLOW_"))]:
    del os.environ[name]
os.environ |= {
    "AIRFLOW_HOME": str(AIRFLOW_HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW_HOME}/airflow.db",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(AIRFLOW_HOME / "logs"),
}
sys.path.append(str(DAGS))


def pytest_sessionfinish(session: object, exitstatus: object) -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


def usual(seconds: float) -> float:
    """So many seconds of a usual machine, on which 200,000 steps of a loop take 0.015 s; on a slower one they
    are as many more as it is slower, so that a limit says something of the product alone."""
    return seconds * max(1.0, max(_steps() for _ in range(5)) / 0.015)


def _steps() -> float:
    began = time.process_time()
    total = 0
    for n in range(200_000):
        total += n * n % 7
    assert total
    return time.process_time() - began


class Recording:
    """What the recording programs were told and what they did."""

    def __init__(self, folder: Path):
        self.folder = folder

    def orders(self, **turns: list[dict]) -> None:
        """The turns of each driver; phase1__orders stands for phase1/orders."""
        named = {name.replace("__", "/"): each for name, each in turns.items()}
        (self.folder / "orders").write_text(json.dumps(named))

    def answers(self, **answers: dict) -> None:
        (self.folder / "answers").write_text(json.dumps(answers))

    def calls(self) -> list[dict]:
        return self._lines("calls")

    def launches(self) -> list[dict]:
        return self._lines("launches")

    def was_told(self, pid: int) -> bool:
        return (self.folder / f"told-{pid}").exists()

    def _lines(self, name: str) -> list[dict]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """The recording programs stand in for spark-submit and the launcher."""
    folder = tmp_path / "recording"
    folder.mkdir()
    for number in (1, 2):
        (tmp_path / f"phase{number}.jar").touch()
        monkeypatch.setenv(f"TRIBUTARY_AIRFLOW_PHASE{number}_JAR", str(tmp_path / f"phase{number}.jar"))
    monkeypatch.setenv("RECORDING_FOLDER", str(folder))
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_SPARK_SUBMIT", str(FAKES / "spark-submit"))
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_COMMAND", str(FAKES / "tributary"))
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_CATALOG", str(tmp_path / "catalog.json"))
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "0")
    return Recording(folder)


class Metastore:
    """The real service."""

    def __init__(self, url: str):
        self.url = url

    def put(self, path: str, document: dict) -> None:
        self._send("PUT", path, document)

    def post(self, path: str, document: dict) -> None:
        self._send("POST", path, document)

    def dataset(self, name: str, **more: object) -> None:
        document = {
            "source": {"topic": name, "bootstrapServers": "broker:9092", "archive": {"location": "s3a://raw/archive"}},
            "target": {"path": f"s3a://lake/{name}"},
            "columns": [{"name": "id", "type": "bigint"}],
        }
        self.put(f"/datasets/{name}", document | more)

    def _send(self, method: str, path: str, document: dict) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(document).encode(), headers, method=method)
        urllib.request.urlopen(request, timeout=10).close()


def java(program: str) -> str:
    """A program of the JDK."""
    return str(Path(os.environ["JAVA_HOME"]) / "bin" / program) if os.environ.get("JAVA_HOME") else program


def metastore_command(*words: str) -> list[str]:
    """A command of the built metastore."""
    built = [CHECKOUT / "metastore/target/classes", CHECKOUT / "core/target/classes", CHECKOUT / "metastore/target/lib"]
    missing = [str(path) for path in built if not path.is_dir()]
    assert not missing, f"The metastore is not built: {missing} is missing. Run mvn -DskipTests package first."
    options = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{built[0]}:{built[1]}:{built[2]}/*"]
    return [java("java"), *options, "dev.tributary.metastore.MetastoreServer", *words]


@contextlib.contextmanager
def running_metastore(folder: Path, *flags: str) -> Iterator[Metastore]:
    """A metastore on folder/metastore.db."""
    address = folder / "address"
    places = ["--port", "0", "--database", str(folder / "metastore.db"), "--address-file", str(address)]
    with (folder / "metastore.log").open("w") as log:
        command = metastore_command(*places, *flags)
        service = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        wait_for(lambda: address.exists() and address.read_text().strip(), "the metastore's address", 60)
        yield Metastore(address.read_text().strip())
    finally:
        service.terminate()
        service.wait(20)


@pytest.fixture
def metastore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Metastore]:
    """A metastore of its own for each test that asks for one."""
    with running_metastore(tmp_path) as found:
        monkeypatch.setenv("TRIBUTARY_METASTORE_URL", found.url)
        yield found


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's own database."""
    from airflow.utils.db import initdb

    initdb()


def wait_for(condition, what: str, seconds: float = 20):
    """Polls until the condition holds and returns what it returned."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return found
