import re
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import MODULE

from tributary_airflow import outcomes, submit
from tributary_airflow.settings import Settings
from tributary_airflow.submit import Attempt, Job

JARS = {"TRIBUTARY_AIRFLOW_PHASE1_JAR": "/jars/one.jar", "TRIBUTARY_AIRFLOW_PHASE2_JAR": "/jars/two.jar"}
ATTEMPT = Attempt("dag.run.1", Path("/tmp/result.json"))


def test_a_batch_of_phase_1():
    command = submit.command(Settings(JARS), Job(1, ("--source", "orders")), ATTEMPT)
    assert command == [
        "spark-submit", "--master", "local[*]", "--deploy-mode", "client", "--name", "tributary-phase1",
        "--driver-memory", "2g", "--class", "dev.tributary.phase1.Phase1", "/jars/one.jar",
        "--source", "orders", "--trigger", "available-now", "--max-duration", "6780000ms",
        "--stop-timeout", "120000ms", "--run-id", "dag.run.1", "--result", "/tmp/result.json",
        "--metrics.host", "127.0.0.1", "--metrics.port", "0",
    ]  # fmt: skip


def test_a_continuous_driver_of_phase_2():
    attempt = Attempt("dag.run.1", Path("/tmp/result.json"), 4040)
    command = submit.command(Settings(JARS), Job(2, ("--group", "sales"), continuous=True), attempt)
    assert command[command.index("--class") : command.index("--stop-timeout")] == [
        "--class", "dev.tributary.phase2.Phase2", "/jars/two.jar", "--group", "sales",
        "--trigger", "10000ms", "--max-duration", "86400000ms",
    ]  # fmt: skip
    assert command[-2:] == ["--metrics.port", "4040"]


def test_a_backfill_has_a_program_of_its_own_and_no_trigger():
    job = Job(2, ("--dataset", "orders", "--mode", "fill", "--from-date", "2026-11-01"), program="backfill")
    command = submit.command(Settings(JARS | {"TRIBUTARY_AIRFLOW_BACKFILL_TIMEOUT": "4m"}), job, ATTEMPT)
    assert command == [
        "spark-submit", "--master", "local[*]", "--deploy-mode", "client", "--name", "tributary-backfill",
        "--driver-memory", "2g", "--class", "dev.tributary.phase2.Backfill", "/jars/two.jar",
        "--dataset", "orders", "--mode", "fill", "--from-date", "2026-11-01", "--max-duration", "120000ms",
        "--stop-timeout", "120000ms", "--run-id", "dag.run.1", "--result", "/tmp/result.json",
        "--metrics.host", "127.0.0.1", "--metrics.port", "0",
    ]  # fmt: skip


def test_a_maintenance_leaves_before_its_task_times_out_and_has_no_trigger():
    job = Job(2, ("--dataset", "orders", "--optimize", "--json"), program="maintain")
    command = submit.command(Settings(JARS | {"TRIBUTARY_AIRFLOW_TIMEOUT": "4m"}), job, ATTEMPT)
    assert command == [
        "spark-submit", "--master", "local[*]", "--deploy-mode", "client", "--name", "tributary-maintain",
        "--driver-memory", "2g", "--class", "dev.tributary.phase2.Maintain", "/jars/two.jar",
        "--dataset", "orders", "--optimize", "--json", "--max-duration", "120000ms",
        "--stop-timeout", "120000ms", "--run-id", "dag.run.1", "--result", "/tmp/result.json",
        "--metrics.host", "127.0.0.1", "--metrics.port", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "job",
    [
        Job(1, ("--source", "orders")),
        Job(2, ("--group", "sales"), continuous=True),
        Job(2, ("--dataset", "orders", "--mode", "fill"), program="backfill"),
        Job(2, ("--dataset", "orders", "--optimize"), program="maintain"),
    ],
    ids=["batch", "continuous", "backfill", "maintenance"],
)
@pytest.mark.parametrize("master", ["local[*]", "spark://one:7077,two:7077", "k8s://https://cluster:443", "yarn"])
def test_another_master_changes_nothing_but_settings(master, job):
    options = "--conf spark.executor.memory=4g --conf 'spark.executor.extraJavaOptions=-Da=1 -Db=2'"
    settings = Settings(JARS | {"TRIBUTARY_AIRFLOW_MASTER": master, "TRIBUTARY_AIRFLOW_SUBMIT_OPTIONS": options})
    command = submit.command(settings, job, ATTEMPT)
    local = submit.command(Settings(JARS), job, ATTEMPT)
    assert command[command.index("--master") + 1] == master
    own = ["--conf", "spark.executor.memory=4g", "--conf", "spark.executor.extraJavaOptions=-Da=1 -Db=2"]
    at = command.index("--conf")
    assert command[at : at + 4] == own
    assert command[: command.index("--master") + 1] + ["local[*]"] + command[3:at] + command[at + 4 :] == local


def test_flags_of_the_drivers_come_last():
    settings = Settings(JARS | {"TRIBUTARY_AIRFLOW_DRIVER_OPTIONS": "--s3.path-style --log.format json"})
    command = submit.command(settings, Job(1, ("--source", "orders")), ATTEMPT)
    assert command[-3:] == ["--s3.path-style", "--log.format", "json"]


def test_a_driver_answers_where_it_is_asked():
    job = Job(1, ("--source", "orders"))
    for options in ("--metrics.host 0.0.0.0", "--metrics.host=127.0.0.1"):
        settings = Settings(JARS | {"TRIBUTARY_AIRFLOW_DRIVER_OPTIONS": options})
        command = submit.command(settings, job, ATTEMPT)
        # The drivers refuse a flag that comes twice.
        assert [word for word in command if word.startswith("--metrics.host")] == [options.split(" ")[0]]


def test_a_run_id_leads_back_to_the_try_and_is_one_that_the_drivers_take():
    task = {
        "AIRFLOW_CTX_DAG_ID": "tributary_phase1__orders",
        "AIRFLOW_CTX_DAG_RUN_ID": "manual run/né 2026-11-21T00:00:00+00:00",
        "AIRFLOW_CTX_TASK_ID": "ingest",
        "AIRFLOW_CTX_TRY_NUMBER": "2",
    }
    assert submit.run_id(task) == "tributary_phase1__orders.manual_run_n__2026-11-21T00:00:00+00:00.ingest.2"
    assert submit.run_id(task | {"AIRFLOW_CTX_MAP_INDEX": "7"}).endswith(".ingest.7.2")
    assert submit.run_id(task, 3).endswith(".2-3")
    long = submit.run_id(task | {"AIRFLOW_CTX_DAG_RUN_ID": "x" * 250})
    assert len(long) == 200 and long.endswith(".2")


def test_the_variables_of_the_dags_and_airflow_s_own_do_not_reach_the_drivers():
    given = {"TRIBUTARY_AIRFLOW_MASTER": "yarn", "AIRFLOW__CORE__FERNET_KEY": "k", "AIRFLOW_CONN_LAKE": "s3://k:s@", "AIRFLOW_VAR_T": "t", "TRIBUTARY_METASTORE_URL": "http://m", "PATH": "/bin"}
    assert submit.environment(given) == {"TRIBUTARY_METASTORE_URL": "http://m", "PATH": "/bin"}


def test_a_killed_driver_has_more_time_than_its_own_stop_takes():
    assert submit.grace(Settings({})) == timedelta(seconds=150)


def test_exit_codes_mean_what_the_product_says():
    table = (MODULE.parent / "docs" / "errors.md").read_text().split("| code | category")[0]
    codes = {int(code): category for category, code in re.findall(r"^\| (\w+) \| (\d+) \|$", table, re.M)}
    assert codes == outcomes.HOPELESS | {outcomes.UNAVAILABLE: "unavailable", outcomes.CONFLICT: "conflict"}
    assert [code for code in codes if not outcomes.hopeless(code, {})] == [4, 75]
    assert not any(outcomes.hopeless(code, {}) for code in (1, 52, 134, 137, 143))
    assert outcomes.of_process(-9) == 137
    # They are hopeless by their category, and the product has them.
    errors = dict(re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", (MODULE.parent / "docs" / "errors.md").read_text(), re.M))
    assert {errors[code] for code in outcomes.LUCK} <= set(outcomes.HOPELESS.values())


def test_the_classes_and_flags_exist_in_the_product():
    sources = [path.read_text() for path in MODULE.parent.glob("*/src/main/java/**/*Settings.java")]
    command = submit.command(Settings(JARS), Job(1, ("--source", "a", "--dataset", "b", "--group", "c")), ATTEMPT)
    flags = [word[2:] for word in command[command.index("/jars/one.jar") :] if word.startswith("--")]
    for flag in flags:
        assert any(re.search(rf'Setting\.\w+\(\s*"{re.escape(flag)}"', source) for source in sources), flag
    for phase, folder in (("phase1", "phase1-raw"), ("phase2", "phase2-lakehouse")):
        main = MODULE.parent / folder / "src/main/java/dev/tributary" / phase / f"{phase.capitalize()}.java"
        assert "public static void main" in main.read_text()


@pytest.mark.parametrize(
    "program, keys",
    [
        ("backfill", "dataset mode from-date to-date id version dry-run"),
        ("maintain", "dataset group optimize purge-deletion-vectors vacuum retain-hours dry-run json"),
    ],
)
def test_programs_of_phase_2_s_jar_have_the_class_and_the_flags_that_forms_become(program, keys):
    main = submit.Job(2, (), program=program).main.replace(".", "/")
    source = (MODULE.parent / f"phase2-lakehouse/src/main/java/{main}.java").read_text()
    assert "public static void main" in source
    flags = (MODULE.parent / "docs" / "configuration.md").read_text()
    part = flags.split(f"<!-- begin tributary {program} -->")[1].split("<!-- end")[0]
    ours = "max-duration stop-timeout run-id result metrics.host metrics.port"
    assert all(f"| `{key}` |" in part for key in (keys + " " + ours).split())
    for option in Settings({}).maintain_options if program == "maintain" else ():
        assert f"| `{option.removeprefix('--')}` |" in part


def test_the_launcher_has_the_commands_that_the_dags_call():
    launcher = (MODULE.parent / "tributary").read_text()
    [commands] = re.findall(r"^  ([a-z |]*\breconcile\b[a-z |]*)\)$", launcher, re.M)
    assert {"reconcile", "retain", "compact", "sweep"} <= set(commands.split(" | "))
    flags = (MODULE.parent / "docs" / "configuration.md").read_text()
    for command, keys in {
        "reconcile": "dataset deep json",
        "retain": "source dry-run json",
        "compact": "source dry-run json",
        "sweep": "source older-than delete json",
    }.items():
        part = flags.split(f"<!-- begin tributary {command} -->")[1].split("<!-- end")[0]
        assert all(f"| `{key}` |" in part for key in keys.split())
