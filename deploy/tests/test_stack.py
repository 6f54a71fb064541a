"""docker-compose.yml runs: every command that a container would run is run here with the same arguments
and environment, in the order of its dependencies, until the demo's DAG has gone through and Prometheus
has seen the drivers. In one namespace of its own: deploy/check starts it by unshare."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from outside import ROOT, Stack, wait_for

COMPOSE = os.environ.get("COMPOSE", "docker-compose")
AIRFLOW = Path(os.environ.get("AIRFLOW_VENV", ROOT / "airflow-dags/target/venv"))

# Images that cannot be had here: what stands in for each, and what of it is therefore not tried.
STAND_INS = {
    "kafka": "the same Kafka from Maven; the image's own translation of its variables, the command and its health check run",
    "seaweedfs": "S3Proxy",
    "bucket": "a folder",
    "postgres": "SQLite",
    "grafana": "nothing; its files are checked",
}
RUN = {
    "topics", "tokens", "metastore", "datasets", "spark-master", "spark-worker-1", "spark-worker-2", "airflow-init",
    "airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "phase1", "phase2", "prometheus",
}  # fmt: skip

# Minutes of two cores: the default runs the metastore's part alone.
whole = pytest.mark.skipif(os.environ.get("STACK") != "whole", reason="deploy/check --whole")

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


def prometheus(query: str) -> list[dict]:
    answer = get("http://localhost:9090/api/v1/query?query=" + urllib.parse.quote(query))
    return json.loads(answer)["data"]["result"]


def test_every_service_is_run_here_or_named_with_what_stands_in_for_it(stack):
    assert set(stack.services) == RUN | set(STAND_INS)
    operations = (ROOT / "docs/operations.md").read_text()
    tried = operations[operations.index("## What has been tried") :]
    for name in STAND_INS:
        assert f"`{name}`" in tried, f"docs/operations.md does not say what of {name} was not tried"


@whole
def test_kafka_starts_from_the_variables_of_its_image(stack):
    environment = stack.environment(stack.services["kafka"])
    defaults, mounted, final = (stack.folder / "kafka" / each for each in ("default", "mounted", "final"))
    for folder in (defaults, mounted, final):
        folder.mkdir(parents=True)
    (defaults / "server.properties").write_text("")
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (defaults / name).write_text("Configuration: {Properties: {Property: []}, Appenders: {}, Loggers: {Root: {level: INFO}, Logger: []}}\n")
    java = ["java", "-Xmx512m", "-cp", f"{ROOT}/local-stack/kafka-runtime/target/lib/*"]
    wrapper = [*java, "kafka.docker.KafkaDockerWrapper", "setup", "--default-configs-dir", str(defaults)]
    wrapper += ["--mounted-configs-dir", str(mounted), "--final-configs-dir", str(final)]
    done = subprocess.run(wrapper, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    settings = (final / "server.properties").read_text()
    assert "advertised.listeners=INSIDE://kafka:9092,OUTSIDE://localhost:9092" in settings
    stack.start("kafka", [*java, "kafka.Kafka", str(final / "server.properties")])


@whole
def test_the_topic_of_the_demo_is_made_once(stack):
    assert "Created topic demo-orders" in stack.run("topics")
    assert "Created topic" not in stack.run("topics")
    describe = ["/opt/kafka/bin/kafka-topics.sh", "--bootstrap-server", "kafka:9092", "--describe", "--topic", "demo-orders"]
    said = subprocess.run(describe, env=stack.environment(stack.services["topics"]), capture_output=True, text=True).stdout
    assert "PartitionCount: 4" in said


@whole
def test_the_object_store_holds_the_bucket(stack):
    given = stack.environment(stack.services["seaweedfs"])
    bucket = re.search(r"s3a://([^/]+)", " ".join(stack.services["metastore"].command))[1]
    (stack.folder / "buckets" / bucket).mkdir(parents=True, mode=0o700)
    settings = stack.folder / "s3.properties"
    settings.write_text(
        f"s3proxy.endpoint=http://0.0.0.0:8333\ns3proxy.authorization=aws-v2-or-v4\n"
        f"s3proxy.identity={given['AWS_ACCESS_KEY_ID']}\ns3proxy.credential={given['AWS_SECRET_ACCESS_KEY']}\n"
        "s3proxy.v4-max-non-chunked-request-size=268435456\ns3proxy.ignore-unknown-headers=true\n"
        f"jclouds.provider=filesystem-nio2\njclouds.filesystem.basedir={stack.folder}/buckets\n"
    )
    java = ["java", "-Xmx512m", "-cp", f"{ROOT}/local-stack/s3-runtime/target/lib/*"]
    check = ["bash", "-c", "exec 3<>/dev/tcp/seaweedfs/8333"]
    stack.start("seaweedfs", [*java, "org.gaul.s3proxy.Main", "--properties", str(settings)], check)


def test_tokens_are_made_once_and_not_for_everybody_to_read(stack):
    stack.run("tokens")

    def files():
        return [path for folder in ("/run/tributary", "/run/tributary-operator") for path in Path(folder).iterdir()]

    tokens = {str(path): path.read_text() for path in files()}
    assert sorted(tokens) == ["/run/tributary-operator/operator", "/run/tributary/drivers", "/run/tributary/prometheus"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files()} == {0o640}
    stack.run("tokens")
    assert {str(path): path.read_text() for path in files()} == tokens


def test_the_metastore_is_healthy_and_asks_for_a_token(stack):
    stack.start("metastore")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get("http://metastore:8090/metrics")
    text = get("http://metastore:8090/metrics", Authorization="Bearer " + Path("/run/tributary/prometheus").read_text().strip())
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=text, text=True, check=True)


def test_the_metastore_sees_the_mounts_of_its_container(stack):
    place = stack.services["metastore"].place

    def written(path):
        return subprocess.run([*place, "touch", path], capture_output=True).returncode == 0

    assert [written(f"{folder}/file") for folder in ("/tmp", "/var/lib/tributary", "/var/lib", "/opt", "/root")] == [True, True, False, False, False]
    # The container's own, not this machine's.
    assert subprocess.run([*place, "ls", "-A", "/tmp"], capture_output=True, text=True).stdout == ""


def test_a_backup_is_made_beside_it_and_old_ones_go(stack):
    jars = stack.folder / "metastore-jars"
    jars.mkdir()
    (jars / "a.jar").write_text("jar")
    for _ in range(2):
        subprocess.run(["/opt/tributary/bin/back-up", "/var/lib/tributary/metastore.db", stack.folder, "1", jars], check=True)
    assert [path.name for path in (stack.folder / "jars").iterdir()] == ["a.jar"]
    copies = list(stack.folder.glob("metastore-*.db"))
    assert len(copies) == 1
    assert sqlite3.connect(copies[0]).execute("PRAGMA integrity_check").fetchone() == ("ok",)


@whole
def test_the_datasets_are_registered(stack):
    assert "demo_orders" in stack.run("datasets")
    token = Path("/run/tributary/drivers").read_text().strip()
    found = json.loads(get("http://metastore:8090/datasets/demo_orders", Authorization=f"Bearer {token}"))
    assert found["spec"]["target"]["path"] == "s3a://lake/lake/demo_orders"


@whole
def test_spark_master_and_both_workers_are_healthy(stack):
    stack.start("spark-master")
    stack.start("spark-worker-1")
    stack.start("spark-worker-2", check=["bash", "-c", f"[ $(grep -c 'Registering worker' {stack.log('spark-master')}) = 2 ]"])


@whole
@pytest.mark.skipif(not (AIRFLOW / "bin/airflow").exists(), reason=f"no Airflow in {AIRFLOW}: mvn verify makes it")
def test_airflow_comes_up_and_the_demo_goes_through(stack):
    stack.run("airflow-init")
    assert json.loads(Path("/opt/airflow/secrets/passwords.json").read_text()) == {"admin": "change-me"}
    for name in ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"):
        stack.start(name)
    service = stack.services["airflow-scheduler"]

    def database(query: str) -> list[tuple]:
        with sqlite3.connect("file:/opt/airflow/airflow.db?mode=ro", uri=True, timeout=20) as connection:
            return connection.execute(query).fetchall()

    wait_for(lambda: database("select 1 from dag where dag_id = 'tributary_demo'"), "the demo's DAG", 60)
    trigger = ["airflow", "dags", "trigger", "tributary_demo", "--conf", '{"orders": 300}']
    subprocess.run(trigger, check=True, env=stack.environment(service), capture_output=True)
    states = "select state from dag_run where dag_id = 'tributary_demo'"
    wait_for(lambda: database(states)[0][0] in ("success", "failed"), "the end of the demo", 240)
    tasks = dict(database("select task_id, state from task_instance where dag_id = 'tributary_demo'"))
    logs = "".join(path.read_text()[-2500:] for path in Path("/opt/airflow/logs").glob("dag_id=tributary_demo/**/*.log")) if "failed" in str(tasks) else ""
    assert database(states) == [("success",)], f"{tasks}\n{logs}\n{stack.tail('airflow-scheduler')}"
    assert tasks["produce"] == tasks["account"] == "success"
    # Airflow's scheduler has been seen to wait for its own server of health checks until it was killed.
    for name in ("airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-api-server"):
        stack.stop(name, 30)


@whole
def test_the_drivers_without_airflow_are_healthy_and_end_cleanly(stack):
    stack.start("phase1")
    stack.start("phase2")
    service = stack.services["datasets"]
    lines = "\n".join(json.dumps({"id": 100_000 + n, "customer": {"name": "x"}, "total": 1, "updated": "2026-01-01T00:00:00Z"}) for n in range(50))
    produce = ["/opt/tributary/tributary", "local", "produce", "demo-orders", "--kafka", "kafka:9092"]
    subprocess.run(produce, input=lines + "\n", text=True, check=True, env=stack.environment(service), capture_output=True)

    def ingested(port: int) -> int:
        # A driver answers before it has asked for its pipelines.
        found = json.loads(get(f"http://localhost:{port}/metrics"))
        return sum(pipeline["records_ingested"] for pipeline in found.get("pipelines", [found]))

    def committed() -> bool:
        return all(ingested(port) >= 50 for port in (9101, 9102))

    wait_for(committed, "both drivers' commits", 120)


@whole
@pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus on the PATH")
def test_prometheus_scrapes_drivers_and_metastore(stack):
    for source, target in stack.services["prometheus"].files:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_bytes(Path(source).read_bytes())
    command = [word.replace("=/prometheus", f"={stack.folder}/prometheus") for word in stack.services["prometheus"].command]
    check = ["bash", "-c", "/opt/tributary/bin/healthy 9090 /-/ready"]
    stack.start("prometheus", ["prometheus", *command, "--web.listen-address=0.0.0.0:9090"], check)
    wait_for(lambda: len([each for each in prometheus("up") if each["value"][1] == "1"]) == 3, "three targets that are up", 60)
    committed = {each["metric"]["phase"]: float(each["value"][1]) for each in prometheus("tributary_pipeline_records_total")}
    assert committed["phase1"] >= 50 and committed["phase2"] >= 50
    assert {each["metric"]["pipeline"] for each in prometheus('tributary_pipeline_state{state="running"} == 1')} == {"demo_orders"}
    assert prometheus('tributary_metastore_datasets{state="active"}')[0]["value"][1] == "1"


@whole
def test_drivers_that_are_told_to_go_leave_with_0_and_everything_is_accounted_for(stack):
    assert stack.stop("phase1") == 0
    assert stack.stop("phase2") == 0
    environment = stack.environment(stack.services["phase2"])
    reconcile = ["/opt/tributary/tributary", "reconcile", "--dataset", "demo_orders", "--deep"]
    done = subprocess.run(reconcile, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
