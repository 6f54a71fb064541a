"""The DAG files in real Airflow."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from datetime import timedelta

import pytest
from conftest import DAGS, usual, wait_for

from tributary_airflow import alerts, catalog
from tributary_airflow.catalog import Catalog, Dataset, Source

pytestmark = pytest.mark.usefixtures("airflow_database")

RESULT = {"run": "r", "outcome": "finished", "processed": 5, "failed": 0, "bytes": 9, "pipelines": []}
NOTHING = RESULT | {"processed": 0}
ERROR = {"code": "kafka-retention-loss", "message": "Kafka deleted 3 records."}


def bag(folder=DAGS):
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")


def take_snapshot(tmp_path, *datasets, retired=()):
    catalog.write(
        tmp_path / "catalog.json",
        Catalog(
            tuple(Source(name, "active") for name in datasets),
            tuple(Dataset(name, name, "default", "active") for name in sorted(datasets))
            + tuple(Dataset(name, name, "default", "retired") for name in retired),
        ),
    )


def states(run):
    from airflow.utils.session import create_session

    with create_session() as session:
        instances = session.merge(run).get_task_instances(session=session)
        return {(each.task_id, each.map_index): str(each.state) for each in instances}


def asset_events(uri):
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    with create_session() as session:
        query = select(func.count()).select_from(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        return session.scalar(query.where(AssetModel.uri == uri))


def test_without_a_snapshot_there_are_only_the_dags_that_look_after_the_others(recording):
    found = bag()
    assert found.import_errors == {}
    assert sorted(found.dags) == ["tributary_backfill", "tributary_catalog_sync", "tributary_maintenance", "tributary_reconcile"]


def test_every_source_and_dataset_has_its_dag(recording, tmp_path):
    take_snapshot(tmp_path, "orders", retired=["gone"])
    found = bag()
    assert found.import_errors == {}
    assert sorted(found.dags) == [
        "tributary_backfill",
        "tributary_catalog_sync",
        "tributary_maintenance",
        "tributary_phase1__orders",
        "tributary_phase2__orders",
        "tributary_reconcile",
    ]


def test_the_demo_of_compose_stands_beside_the_dags(recording, tmp_path):
    folder = tmp_path / "dags"
    shutil.copytree(DAGS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(DAGS.parents[1] / "deploy" / "compose" / "tributary_demo.py", folder)
    take_snapshot(tmp_path, "demo_orders")
    found = bag(folder)
    assert found.import_errors == {}
    demo = found.dags["tributary_demo"]
    assert sorted(demo.task_ids) == ["account", "archive", "produce", "write"]
    # What it calls is what the runner takes.
    assert [list(demo.get_task(name).words) for name in ("archive", "write", "account")] == [
        ["batch", "1", "--dataset", "demo_orders"],
        ["batch", "2", "--dataset", "demo_orders"],
        ["reconcile", "demo_orders", "--deep"],
    ]


def test_where_somebody_else_runs_the_phases_they_have_no_dags(recording, tmp_path, monkeypatch):
    take_snapshot(tmp_path, "orders")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_PHASES", "false")
    assert sorted(bag().dags) == ["tributary_backfill", "tributary_catalog_sync", "tributary_maintenance", "tributary_reconcile"]


def test_parsing_takes_less_than_two_seconds_and_no_network(recording, tmp_path, monkeypatch):
    take_snapshot(tmp_path, "orders", "clicks")
    monkeypatch.setenv("TRIBUTARY_METASTORE_URL", "http://metastore:8090")

    def refused(*arguments, **more):
        raise AssertionError("a DAG file opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    began = time.process_time()
    found = bag()
    took = time.process_time() - began
    assert found.import_errors == {}
    assert len(found.dags) == 8
    assert took < usual(2), took


def test_five_hundred_datasets_are_parsed_in_less_than_five_seconds(recording, tmp_path):
    take_snapshot(tmp_path, *[f"dataset_{n}" for n in range(500)])
    began = time.process_time()
    found = bag()
    took = time.process_time() - began
    print(f"1000 DAGs of 500 datasets were parsed in {took:.2f} s")
    assert found.import_errors == {}
    assert len(found.dags) == 1004
    assert took < usual(5), took


def test_five_hundred_datasets_take_little_memory(recording, tmp_path):
    take_snapshot(tmp_path, *[f"dataset_{n}" for n in range(500)])
    code = (
        "import resource, sys;"
        "from airflow.dag_processing.dagbag import BundleDagBag;"
        f"bag = lambda: BundleDagBag(dag_folder={str(DAGS)!r}, bundle_path={str(DAGS)!r}, bundle_name='dags-folder');"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024;"
        "before = peak(); found = bag();"
        "print(len(found.dags), before, peak())"
    )
    environment = os.environ | {"PYTHONPATH": str(DAGS)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True)
    count, before, after = (int(word) for word in done.stdout.splitlines()[-1].split())
    print(f"{count} DAGs: {before} MB before, {after} MB after they were parsed")
    assert count == 1004
    assert after - before < 200, (before, after)


def test_a_broken_snapshot_is_an_import_error_and_leaves_the_dag_that_mends_it(recording, tmp_path):
    (tmp_path / "catalog.json").write_text("{")
    found = bag()
    assert list(found.dags) == ["tributary_catalog_sync"]
    [error] = found.import_errors.values()
    assert "Run the DAG tributary_catalog_sync" in error


def test_every_task_is_bounded_owned_and_watched(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_POOL", "drivers")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "3")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_TAGS", "team-a")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_CONTINUOUS", "fast")
    take_snapshot(tmp_path, "orders")
    known = catalog.read(tmp_path / "catalog.json")
    fast = Dataset("ticks", "ticks", "fast", "active")
    catalog.write(tmp_path / "catalog.json", Catalog((*known.sources, Source("ticks", "active")), (*known.datasets, fast)))
    found = bag()
    assert len(found.dags) == 8
    for dag in found.dags.values():
        assert dag.max_active_runs == (16 if dag.dag_id == "tributary_backfill" else 1)
        assert not dag.catchup and dag.doc_md.strip()
        assert {"tributary", "team-a"} <= set(dag.tags)
        for task in dag.tasks:
            assert task.owner == "tributary"
            assert task.retries == 3
            assert task.retry_exponential_backoff == 2
            assert task.max_retry_delay == timedelta(minutes=15)
            assert task.execution_timeout
            callbacks = task.on_failure_callback
            assert alerts.task_failed in (callbacks if isinstance(callbacks, (list, tuple)) else [callbacks])
    drivers = {dag_id: dag.tasks[0] for dag_id, dag in found.dags.items() if "__" in dag_id}
    assert {task.pool for task in drivers.values()} == {"drivers"}
    # What is light does not stand in line behind drivers.
    assert found.dags["tributary_catalog_sync"].tasks[0].pool == "default_pool"
    assert drivers["tributary_phase1__orders"].execution_timeout == timedelta(hours=2)
    continuous = found.dags["tributary_phase2__ticks"]
    assert continuous.max_consecutive_failed_dag_runs == 1
    assert continuous.tasks[0].execution_timeout > timedelta(days=1)
    assert type(continuous.timetable).__name__ == "ContinuousTimetable"


def test_phase_2_is_called_by_the_asset_of_its_source_s_archive(recording, tmp_path):
    take_snapshot(tmp_path, "orders")
    dags = bag().dags
    [outlet] = dags["tributary_phase1__orders"].tasks[0].outlets
    assert outlet.uri == "tributary://raw/orders"
    called_by = dags["tributary_phase2__orders"].timetable.asset_condition
    assert called_by == outlet
    assert [asset.uri for asset in dags["tributary_phase2__orders"].tasks[0].outlets] == ["tributary://table/orders"]


def test_the_catalog_is_read_from_the_metastore_and_dags_appear(recording, metastore, tmp_path):
    metastore.dataset("orders")
    metastore.dataset("clicks")
    run = bag().dags["tributary_catalog_sync"].test()
    assert str(run.state) == "success"
    dags = bag().dags
    assert {"tributary_phase1__orders", "tributary_phase2__orders", "tributary_phase1__clicks"} <= set(dags)


def test_a_metastore_that_is_away_leaves_the_snapshot_as_it_is(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_METASTORE_URL", "http://127.0.0.1:9")
    take_snapshot(tmp_path, "orders")
    before = (tmp_path / "catalog.json").read_bytes()
    run = bag().dags["tributary_catalog_sync"].test()
    assert str(run.state) == "failed"
    assert (tmp_path / "catalog.json").read_bytes() == before


def test_both_phases_from_the_metastore_to_spark_submit(recording, metastore, tmp_path):
    metastore.dataset("orders")
    assert str(bag().dags["tributary_catalog_sync"].test().state) == "success"
    recording.orders(phase1__orders=[{"result": RESULT}], phase2__orders=[{"result": RESULT}])
    dags = bag().dags
    before = asset_events("tributary://raw/orders") or 0
    one = dags["tributary_phase1__orders"].test()
    two = dags["tributary_phase2__orders"].test()
    assert states(one) == {("ingest", -1): "success"}
    assert states(two) == {("transform", -1): "success"}
    assert asset_events("tributary://raw/orders") == before + 1
    first, second = recording.calls()
    assert first["arguments"][first["arguments"].index("--class") + 2 :][1:3] == ["--source", "orders"]
    assert second["arguments"][second["arguments"].index("--class") + 2 :][1:3] == ["--dataset", "orders"]
    assert first["environment"]["TRIBUTARY_METASTORE_URL"] == metastore.url
    assert not [name for name in first["environment"] if name.startswith("TRIBUTARY_AIRFLOW_")]
    # By it the runner knows whether its task is still there.
    assert first["environment"]["AIRFLOW_CTX_TASK_PID"] == str(os.getpid())
    run_id = first["arguments"][first["arguments"].index("--run-id") + 1]
    assert run_id == f"tributary_phase1__orders.{one.run_id}.ingest.1"


def test_one_group_runs_another_release_than_the_others(recording, tmp_path, monkeypatch):
    catalog.write(
        tmp_path / "catalog.json",
        Catalog(
            tuple(Source(name, "active") for name in ("own", "shared")),
            (Dataset("first", "own", "sales", "active"), Dataset("second", "shared", "sales", "active"), Dataset("third", "shared", "x", "active")),
        ),
    )
    newer = tmp_path / "next"
    for module, phase in (("phase1-raw", 1), ("phase2-lakehouse", 2)):
        (newer / module / "target").mkdir(parents=True)
        (newer / module / "target" / f"{module}-9-all.jar").touch()
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_NEXT", f"sales={newer}")
    dags = bag().dags
    for name in ("phase1__own", "phase1__shared", "phase2__first", "phase2__second", "phase2__third"):
        dags[f"tributary_{name}"].test()
    dags["tributary_backfill"].test(run_conf=FORM | {"dataset": "second", "to_date": "2026-11-01"})
    ran = {call["driver"]: any(word.startswith(str(newer)) for word in call["arguments"]) for call in recording.calls()}
    # What the others read too is archived by their release.
    assert ran == {
        "phase1/own": True, "phase1/shared": False,
        "phase2/first": True, "phase2/second": True, "phase2/third": False, "backfill/second": True,
    }  # fmt: skip


def test_what_looks_after_every_dataset_learns_of_it_from_the_metastore(recording, metastore):
    metastore.dataset("orders")
    assert str(bag().dags["tributary_catalog_sync"].test().state) == "success"
    line = {"topic": "orders", "dataset": "orders", "verdict": "balanced", "findings": []}
    recording.answers(orders={"code": 0, "lines": [line]})
    recording.orders(backfill__orders=[{"result": RESULT}], maintain__orders=[{"result": NOTHING}])
    dags = bag().dags
    runs = [dags["tributary_reconcile"].test(), dags["tributary_maintenance"].test(), dags["tributary_backfill"].test(run_conf=FORM)]
    assert [str(run.state) for run in runs] == ["success"] * 3
    assert [launch["arguments"][0] for launch in recording.launches()] == ["reconcile", "retain", "compact", "sweep"]
    assert [call["driver"] for call in recording.calls()] == ["maintain/orders"] + ["backfill/orders"] * 2
    assert {call["environment"]["TRIBUTARY_METASTORE_URL"] for call in recording.calls()} == {metastore.url}


def test_a_run_without_new_data_is_skipped_and_calls_nobody(recording, tmp_path):
    take_snapshot(tmp_path, "silent")
    recording.orders(phase1__silent=[{"result": NOTHING}])
    run = bag().dags["tributary_phase1__silent"].test()
    assert states(run) == {("ingest", -1): "skipped"}
    assert not asset_events("tributary://raw/silent")


@pytest.mark.parametrize("code, calls", [(2, 1), (3, 1), (4, 2), (70, 1), (75, 2), (1, 2), (137, 2)])
def test_only_what_another_try_may_mend_is_tried_again(recording, tmp_path, monkeypatch, code, calls):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_CAP", "20ms")
    name = f"failing_{code}"
    take_snapshot(tmp_path, name)
    recording.orders(**{f"phase1__{name}": [{"code": code, "result": NOTHING | {"outcome": "failed", "error": ERROR}}]})
    run = bag().dags[f"tributary_phase1__{name}"].test()
    assert states(run) == {("ingest", -1): "failed"}
    assert len(recording.calls()) == calls


def test_a_plan_that_did_not_come_out_twice_the_same_is_tried_again(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    take_snapshot(tmp_path, "flaky")
    other = {"code": "plan-not-repeatable", "message": "Plan 3 of dataset 'flaky' sets aside a record that it could use."}
    unlucky = {"code": 3, "result": NOTHING | {"outcome": "failed", "error": other}}
    recording.orders(phase2__flaky=[unlucky, {"result": RESULT}])
    assert states(bag().dags["tributary_phase2__flaky"].test()) == {("transform", -1): "success"}
    assert len(recording.calls()) == 2


def test_a_run_that_another_one_got_ahead_of_does_the_rest_when_it_is_tried_again(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    take_snapshot(tmp_path, "contended")
    conflict = {"code": "plan-conflict", "message": "Another run (demo.1) writes dataset 'contended'."}
    lost = {"code": 4, "result": NOTHING | {"outcome": "failed", "error": conflict}}
    recording.orders(phase2__contended=[lost, {"result": RESULT}])
    before = asset_events("tributary://table/contended") or 0
    run = bag().dags["tributary_phase2__contended"].test()
    assert states(run) == {("transform", -1): "success"}
    assert asset_events("tributary://table/contended") == before + 1


def test_a_failed_task_says_why_to_whom_it_concerns(recording, tmp_path, monkeypatch):
    take_snapshot(tmp_path, "lost")
    recording.orders(phase1__lost=[{"code": 3, "result": NOTHING | {"outcome": "failed", "error": ERROR}}])
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    assert str(bag().dags["tributary_phase1__lost"].test().state) == "failed"
    document = json.loads(sent.read_text())
    assert (document["kind"], document["dag"], document["try"]) == ("task-failed", "tributary_phase1__lost", 1)
    assert document["error"].startswith("kafka-retention-loss: Kafka deleted 3 records. (exit code 3)")


def test_reconcile_says_what_is_wrong_with_which_dataset(recording, tmp_path, monkeypatch):
    take_snapshot(tmp_path, "good", "late", "bad", retired=["gone"])
    finding = "bad/0: 3 offsets are neither in the archive nor explained by a gap; the archive goes to 9."
    recording.answers(
        good={"code": 0, "lines": [{"dataset": "good", "verdict": "balanced", "findings": []}]},
        late={"code": 75, "lines": [{"dataset": "late", "verdict": "waiting", "findings": []}]},
        bad={"code": 3, "lines": [{"dataset": "bad", "verdict": "unaccounted", "findings": [finding]}]},
    )
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    run = bag().dags["tributary_reconcile"].test()
    assert str(run.state) == "failed"
    # In the order of their names.
    assert states(run) == {
        ("datasets", -1): "success",
        ("account", 0): "failed",
        ("account", 1): "success",
        ("account", 2): "success",
    }
    assert f"bad is unaccounted: {finding}" in json.loads(sent.read_text())["error"]
    assert all("--deep" not in launch["arguments"] for launch in recording.launches())


def test_reconcile_reads_everything_when_the_form_says_so(recording, tmp_path):
    take_snapshot(tmp_path, "good")
    recording.answers(good={"code": 0, "lines": [{"dataset": "good", "verdict": "balanced", "findings": []}]})
    run = bag().dags["tributary_reconcile"].test(run_conf={"deep": True})
    assert str(run.state) == "success"
    assert recording.launches()[0]["arguments"] == ["reconcile", "--dataset", "good", "--json", "--deep"]


def test_maintenance_looks_after_the_archive_of_every_source_and_every_table(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_MAINTAIN_OPTIONS", "--optimize --vacuum --retain-hours 336")
    take_snapshot(tmp_path, "clicks", "orders", retired=["gone"])
    recording.orders(maintain__clicks=[{"result": NOTHING}], maintain__orders=[{"code": 4, "result": NOTHING}])
    found = {"topic": "t", "files": 0, "bytes": 0, "removed": False}
    recording.answers(clicks={"code": 0, "lines": [found]}, orders={"code": 0, "lines": [found]})
    run = bag().dags["tributary_maintenance"].test()
    done = states(run)
    # A table that could not be maintained is a failure, and keeps nothing else from being done.
    assert {done[("maintain", 0)], done[("maintain", 1)]} == {"success", "failed"}
    assert {state for (task, _), state in done.items() if task != "maintain"} == {"success"}
    tables = {call["driver"]: call["arguments"] for call in recording.calls()}
    assert sorted(tables) == ["maintain/clicks", "maintain/orders"]
    words = tables["maintain/clicks"]
    assert words[words.index("--class") + 1] == "dev.tributary.phase2.Maintain"
    assert words[words.index("--dataset") : words.index("--max-duration")] == [
        "--dataset", "clicks", "--optimize", "--vacuum", "--retain-hours", "336", "--json",
    ]  # fmt: skip
    assert bag().dags["tributary_maintenance"].get_task("maintain").partial_kwargs["pool"] == "default_pool"
    told = [launch["arguments"] for launch in recording.launches()]
    commands = [words[0] for words in told]
    assert commands == ["retain"] * 2 + ["compact"] * 2 + ["sweep"] * 2
    assert sorted(words[2] for words in told) == ["clicks"] * 3 + ["orders"] * 3
    assert all("--dry-run" not in words for words in told)
    assert all(words[-1] == "--delete" for words in told[4:])
    bag().dags["tributary_maintenance"].test(run_conf={"change": False})
    looks = [launch["arguments"] for launch in recording.launches()[6:]]
    assert [words[-1] for words in looks] == ["--dry-run"] * 4 + ["--json"] * 2
    assert all("--dry-run" in call["arguments"] for call in recording.calls()[2:])


def test_a_retention_that_has_to_wait_is_tried_again_and_does_not_keep_the_archive_from_being_swept(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    take_snapshot(tmp_path, "clicks")
    found = {"topic": "t", "files": 0, "bytes": 0, "removed": False}
    # As RetainCommand answers: no error, but a reason, and 75.
    waits = found | {"records": 9, "files": 2, "waitsFor": "dataset 'clicks' has read the entries before 3 alone"}
    recording.answers(**{"retain clicks": {"code": 75, "lines": [waits]}, "clicks": {"code": 0, "lines": [found]}})
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    done = states(bag().dags["tributary_maintenance"].test())
    assert done[("retain", 0)] == "failed"
    assert done[("compact", 0)] == done[("sweep", 0)] == done[("maintain", 0)] == "success"
    assert [launch["arguments"][0] for launch in recording.launches()] == ["retain", "retain", "compact", "sweep"]
    assert json.loads(sent.read_text())["error"] == (
        "retention-waits: t: dataset 'clicks' has read the entries before 3 alone. (exit code 75)"
    )


FORM = {"dataset": "orders", "from_date": "2026-11-01", "to_date": "2026-11-02", "mode": "fill"}


def test_a_backfill_is_one_driver_a_day_of_what_the_form_says(recording, tmp_path):
    take_snapshot(tmp_path, "clicks", "orders")
    recording.orders(backfill__orders=[{"result": RESULT}])
    run = bag().dags["tributary_backfill"].test(run_conf=FORM | {"mode": "replace", "version": 3, "dry_run": True})
    assert str(run.state) == "success"
    assert states(run) == {
        ("form", -1): "success",
        ("table", -1): "success",
        ("backfill__clicks", -1): "skipped",
        ("backfill__orders", 0): "success",
        ("backfill__orders", 1): "success",
    }
    # Which of the days is first is the scheduler's choice.
    days = sorted((call["arguments"] for call in recording.calls()), key=lambda words: words[words.index("--from-date") + 1])
    for day, words in zip(("2026-11-01", "2026-11-02"), days, strict=True):
        at = words.index("--class")
        assert words[at + 1] == "dev.tributary.phase2.Backfill"
        name = words[words.index("--id") + 1]
        assert words[at + 3 : words.index("--max-duration")] == [
            "--dataset", "orders", "--mode", "replace", "--from-date", day, "--to-date", day,
            "--id", name, "--version", "3", "--dry-run",
        ]  # fmt: skip
        assert name.endswith(f".{day}") and "--trigger" not in words
    # Two of them may stand in line at one table: the plans of one are not the other's.
    runs = {words[words.index("--run-id") + 1].removeprefix(f"tributary_backfill.{run.run_id}.") for words in days}
    assert runs == {"backfill__orders.0.1", "backfill__orders.1.1"}


def test_a_backfill_that_had_to_leave_goes_on_in_the_next_try_under_the_same_name(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_CAP", "20ms")
    take_snapshot(tmp_path, "orders")
    recording.orders(backfill__orders=[{"result": RESULT | {"outcome": "stopped"}}, {"result": NOTHING}])
    run = bag().dags["tributary_backfill"].test(run_conf=FORM | {"to_date": "2026-11-01"})
    assert str(run.state) == "success"
    first, second = [call["arguments"] for call in recording.calls()]
    assert first[first.index("--id") + 1] == second[second.index("--id") + 1]
    assert first[first.index("--run-id") + 1] != second[second.index("--run-id") + 1]


def test_a_form_that_makes_no_sense_starts_no_driver_and_says_all_that_is_wrong(recording, tmp_path, monkeypatch):
    take_snapshot(tmp_path, "orders")
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    run = bag().dags["tributary_backfill"].test(run_conf=FORM | {"from_date": "2026-11-03"})
    assert str(run.state) == "failed"
    assert json.loads(sent.read_text())["error"] == (
        "from_date 2026-11-03 is after to_date 2026-11-02. Both days belong to the backfill; exchange them."
    )
    assert recording.calls() == []


class Pools:
    """Stands for Airflow's API: logs in one user and keeps pools. AirflowIT asks the real one."""

    def __init__(self):
        self.slots = {"default_pool": 128}
        self.asked = []
        self.url = ""

    def answer(self, method, path, token, body):
        if path == "/auth/token":
            known = body == {"username": "ada", "password": "secret"}
            return (201, {"access_token": "jwt"}) if known else (401, {})
        if token != "Bearer jwt":
            return 401, {}
        self.asked.append((method, path))
        if path.startswith("/api/v2/pools?"):
            query = dict(urllib.parse.parse_qsl(path.partition("?")[2]))
            first = int(query["offset"])
            page = sorted(self.slots)[first : first + min(int(query["limit"]), 2)]
            return 200, {"pools": [{"name": name} for name in page], "total_entries": len(self.slots)}
        if method == "POST":
            fresh = body["name"] not in self.slots
            self.slots.setdefault(body["name"], body["slots"])
            return (201 if fresh else 409), {}
        return (200 if path.removeprefix("/api/v2/pools/") in self.slots else 404), {}


@pytest.fixture
def pools(monkeypatch, tmp_path):
    """Airflow's API, and the variables that lead to it."""
    found = Pools()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.do_POST()

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            document = json.loads(body) if body else None
            status, answer = found.answer(self.command, self.path, self.headers.get("Authorization"), document)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "password").write_text("secret\n")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_API_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_API_USER", "ada")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_API_PASSWORD", f"file:{tmp_path}/password")
    yield found
    server.shutdown()


def test_the_catalog_s_sync_makes_a_pool_a_table_and_leaves_those_that_are_there(recording, metastore, pools, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_BACKFILLS_PER_TABLE", "2")
    metastore.dataset("orders")
    metastore.dataset("clicks")
    pools.slots["tributary_table_s3a_lake_clicks"] = 7
    run = bag().dags["tributary_catalog_sync"].test()
    assert str(run.state) == "success"
    assert pools.slots == {
        "default_pool": 128,
        "tributary_table_s3a_lake_clicks": 7,
        "tributary_table_s3a_lake_orders": 2,
    }
    # Nobody is asked to make what is there, however many tables there are.
    assert [method for method, _ in pools.asked].count("POST") == 1
    assert str(bag().dags["tributary_catalog_sync"].test().state) == "success"
    assert [method for method, _ in pools.asked].count("POST") == 1
    drivers = bag().dags["tributary_backfill"].get_task("backfill__orders")
    assert drivers.partial_kwargs["pool"] == "tributary_table_s3a_lake_orders"


def test_the_catalog_s_sync_fails_where_the_drivers_pool_is_missing(recording, metastore, pools, monkeypatch, tmp_path):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_POOL", "drivers")
    metastore.dataset("orders")
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    assert str(bag().dags["tributary_catalog_sync"].test().state) == "failed"
    assert json.loads(sent.read_text())["error"] == (
        "There is no pool 'drivers', and tasks of a pool that is not there never run. Make it: airflow pools set drivers"
        " 8 'drivers at once'"
    )


def test_a_backfill_without_its_table_s_pool_fails_and_does_not_wait_for_ever(recording, pools, monkeypatch, tmp_path):
    take_snapshot(tmp_path, "orders")
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    run = bag().dags["tributary_backfill"].test(run_conf=FORM)
    assert str(run.state) == "failed"
    assert json.loads(sent.read_text())["error"] == (
        "There is no pool 'tributary_table_orders', and tasks of a pool that is not there never run. Run"
        " tributary_catalog_sync, which makes it, or make it: airflow pools set tributary_table_orders 1 backfills"
    )
    assert recording.calls() == []


def test_a_wrong_password_of_airflow_s_api_is_said_without_the_password(recording, pools, monkeypatch, tmp_path):
    take_snapshot(tmp_path, "orders")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_API_PASSWORD", "wrong-word")
    sent = tmp_path / "alerts"
    monkeypatch.setattr(alerts, "send", lambda url, document: sent.write_text(json.dumps(document)))
    assert str(bag().dags["tributary_backfill"].test(run_conf=FORM).state) == "failed"
    error = json.loads(sent.read_text())["error"]
    assert "/auth/token with 401. Correct TRIBUTARY_AIRFLOW_API_URL" in error and "wrong-word" not in error


def test_without_airflow_s_api_backfills_of_a_table_are_bounded_all_the_same(recording, monkeypatch, tmp_path):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_POOL", "drivers")
    take_snapshot(tmp_path, "orders")
    drivers = bag().dags["tributary_backfill"].get_task("backfill__orders")
    assert drivers.partial_kwargs["pool"] == "drivers"
    assert drivers.partial_kwargs["max_active_tis_per_dag"] == 1


def test_a_continuous_driver_is_supervised(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_CONTINUOUS", "*")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    take_snapshot(tmp_path, "ticks")
    recording.orders(phase1__ticks=[{"code": 1}, {"result": RESULT}])
    run = bag().dags["tributary_phase1__ticks"].test()
    assert states(run) == {("supervise", -1): "success"}
    assert len(recording.calls()) == 2
    assert recording.calls()[1]["arguments"][-2] == "--metrics.port"


def test_a_continuous_group_from_the_metastore_to_spark_submit(recording, metastore, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_PER", "group")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_CONTINUOUS", "fast")
    metastore.dataset("ticks", group="fast")
    metastore.dataset("orders")
    assert str(bag().dags["tributary_catalog_sync"].test().state) == "success"
    dags = bag().dags
    assert {"tributary_phase1__group__fast", "tributary_phase2__group__default"} <= set(dags)
    recording.orders(phase1__ticks=[{"result": RESULT}], phase2__fast=[{"result": RESULT}])
    for phase in (1, 2):
        assert str(dags[f"tributary_phase{phase}__group__fast"].test().state) == "success"
    one, two = (call["arguments"] for call in recording.calls())
    # Phase 1 takes up what is registered for the group while it runs.
    assert one[one.index("--class") + 3 : one.index("--max-duration")] == [
        "--group", "fast", "--source", "ticks", "--trigger", "10000ms",
    ]  # fmt: skip
    assert two[two.index("--class") + 3 : two.index("--max-duration")] == ["--group", "fast", "--trigger", "10000ms"]


def test_a_continuous_driver_that_was_given_up_is_not_tried_again(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_CONTINUOUS", "*")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRIES", "3")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RESTARTS", "1")
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_RETRY_DELAY", "10ms")
    take_snapshot(tmp_path, "hopeless")
    recording.orders(phase2__hopeless=[{"code": 1}])
    run = bag().dags["tributary_phase2__hopeless"].test()
    assert states(run) == {("supervise", -1): "failed"}
    assert len(recording.calls()) == 2


def test_the_driver_of_a_task_that_takes_too_long_is_told_to_go(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_TIMEOUT", "4s")
    take_snapshot(tmp_path, "slow")
    recording.orders(phase1__slow=[{"for": 60}])
    run = bag().dags["tributary_phase1__slow"].test()
    assert states(run) == {("ingest", -1): "failed"}
    [call] = recording.calls()
    wait_for(lambda: recording.was_told(call["pid"]), "the driver's end")
