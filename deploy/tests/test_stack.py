"""Commands of docker-compose.yml, run with the arguments and the environment that a container would get.
In one namespace of its own: deploy/check starts it by unshare."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from outside import ROOT, Stack

COMPOSE = os.environ.get("COMPOSE", "docker-compose")
AIRFLOW = Path(os.environ.get("AIRFLOW_VENV", ROOT / "airflow-dags/target/venv"))

RUN = {"tokens", "metastore"}
NOT_RUN = {
    "kafka", "topics", "seaweedfs", "bucket", "postgres", "grafana", "prometheus", "datasets", "spark-master",
    "spark-worker-1", "spark-worker-2", "airflow-init", "airflow-api-server", "airflow-scheduler",
    "airflow-dag-processor", "airflow-triggerer", "phase1", "phase2",
}  # fmt: skip

pytestmark = pytest.mark.skipif(os.environ.get("OUTSIDE") != "namespace", reason="needs a namespace of its own: deploy/check")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory):
    made = Stack(tmp_path_factory.mktemp("stack"), COMPOSE, AIRFLOW)
    made.prepare()
    yield made
    made.stop_all()
    for name, seconds in made.spent.items():
        print(f"{name}: {seconds:.1f} s")


def get(url: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode()


def test_every_service_is_run_here_or_named_as_not_tried(stack):
    assert set(stack.services) == RUN | NOT_RUN
    operations = (ROOT / "docs/operations.md").read_text()
    tried = operations[operations.index("## What has been tried") :]
    for name in NOT_RUN:
        assert f"`{name}`" in tried, f"docs/operations.md does not say what of {name} was not tried"


def test_tokens_are_made_once_and_not_for_everybody_to_read(stack):
    stack.run("tokens")
    tokens = {path.name: path.read_text() for path in Path("/run/tributary").iterdir()}
    assert sorted(tokens) == ["drivers", "operator", "prometheus"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path("/run/tributary").iterdir()} == {0o640}
    stack.run("tokens")
    assert {path.name: path.read_text() for path in Path("/run/tributary").iterdir()} == tokens


def test_the_metastore_is_healthy_and_asks_for_a_token(stack):
    stack.start("metastore")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get("http://metastore:8090/metrics")
    text = get("http://metastore:8090/metrics", Authorization="Bearer " + Path("/run/tributary/prometheus").read_text().strip())
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=text, text=True, check=True)


def test_a_backup_is_made_beside_it_and_old_ones_go(stack):
    for _ in range(2):
        subprocess.run(["/opt/tributary/bin/back-up", "/var/lib/tributary/metastore.db", stack.folder, "1"], check=True)
    copies = list(stack.folder.glob("metastore-*.db"))
    assert len(copies) == 1
    assert sqlite3.connect(copies[0]).execute("PRAGMA integrity_check").fetchone() == ("ok",)
