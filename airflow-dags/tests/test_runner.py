"""The runner as BashOperator starts it: a process of its own."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from conftest import DAGS, wait_for

from tributary_airflow import catalog
from tributary_airflow.catalog import Catalog, Dataset, Source

RUNNER = DAGS / "tributary_airflow" / "run_driver.py"
NOTHING = {"outcome": "finished", "processed": 0, "failed": 0, "pipelines": []}
FIVE = {"run": "r", "outcome": "finished", "processed": 5, "failed": 1, "bytes": 9, "pipelines": []}
WELL = {"/health": {"status": "ok", "pipelines": []}, "/metrics": {"pipelines": []}}


def run(*words, **more):
    # A DAG that was tested in this process leaves the variables of its last task.
    others = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CTX_")}
    environment = others | {"AIRFLOW_CTX_DAG_ID": "dag", "AIRFLOW_CTX_DAG_RUN_ID": "run", "AIRFLOW_CTX_TRY_NUMBER": "1"}
    done = subprocess.run(
        [sys.executable, "-I", str(RUNNER), *words], env=environment | more, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def begin(*words):
    return subprocess.Popen([sys.executable, "-I", str(RUNNER), *words], stdout=subprocess.PIPE, text=True)


def alive(pid):
    """Whether the process still does something; one that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def alerts(monkeypatch):
    """A server that collects what is posted to it."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TRIBUTARY_AIRFLOW_ALERT_URL", f"http://127.0.0.1:{server.server_port}/")
    yield received
    server.shutdown()


def quick(monkeypatch, **more):
    values = {"WATCH_INTERVAL": "100ms", "RETRY_DELAY": "100ms", "STOP_TIMEOUT": "1s", "RESTARTS": "2"} | more
    for key, value in values.items():
        monkeypatch.setenv(f"TRIBUTARY_AIRFLOW_{key}", value)


def test_a_batch_shows_how_the_driver_was_called_and_what_it_did(recording):
    recording.orders(phase1__orders=[{"result": FIVE}])
    code, lines, _ = run("batch", "1", "--source", "orders")
    assert code == 0
    assert lines[0].startswith("+ ") and "--run-id dag.run.1" in lines[0]
    assert lines[1] == "driver phase1/orders works"
    assert json.loads(lines[-1]) == FIVE | {"exit_code": 0}


def test_a_first_try_without_new_data_is_a_skip_and_a_later_one_is_not(recording):
    # An earlier try may have archived something and died before it could say so.
    recording.orders(phase1__orders=[{"result": NOTHING}])
    assert run("batch", "1", "--source", "orders")[0] == 99
    assert run("batch", "1", "--source", "orders", AIRFLOW_CTX_TRY_NUMBER="2")[0] == 0


def test_a_run_of_phase_2_that_had_to_leave_is_tried_again_and_one_of_phase_1_hands_on_what_it_has(recording):
    # Phase 1 runs again soon; phase 2 is called by phase 1, which may have nothing new for a day.
    left = {"result": FIVE | {"outcome": "stopped"}}
    recording.orders(phase1__orders=[left], phase2__orders=[left])
    assert run("batch", "1", "--source", "orders")[0] == 0
    code, lines, _ = run("batch", "2", "--dataset", "orders")
    assert code == 75
    did = json.loads(lines[-1])
    assert (did["exit_code"], did["processed"], did["error"]["code"]) == (75, 5, "run-not-finished")
    assert "TRIBUTARY_AIRFLOW_TIMEOUT" in did["error"]["message"]


def test_a_run_that_had_to_leave_before_it_did_anything_does_not_say_that_nothing_is_new(recording):
    recording.orders(phase1__orders=[{"result": NOTHING | {"outcome": "stopped"}}])
    assert run("batch", "1", "--source", "orders")[0] == 0


def test_records_that_were_set_aside_are_something(recording):
    recording.orders(phase2__orders=[{"result": NOTHING | {"failed": 3}}])
    assert run("batch", "2", "--dataset", "orders")[0] == 0


@pytest.mark.parametrize("code", [1, 2, 3, 4, 70, 75, 137])
def test_the_driver_s_exit_code_and_error_are_handed_on(recording, code):
    error = {"code": "kafka-retention-loss", "message": "Kafka deleted 3 records."}
    recording.orders(phase1__orders=[{"code": code, "result": NOTHING | {"outcome": "failed", "error": error}}])
    returned, lines, _ = run("batch", "1", "--source", "orders")
    assert returned == code
    assert json.loads(lines[-1])["error"] == error


def test_a_jar_that_is_not_there_is_said_before_spark_starts(recording):
    code, lines, _ = run("batch", "1", "--source", "orders", TRIBUTARY_AIRFLOW_PHASE1_JAR="/nowhere/a.jar")
    assert code == 2
    assert json.loads(lines[-1])["error"]["message"] == (
        "There is no jar '/nowhere/a.jar'. Build it (mvn -DskipTests package), or set TRIBUTARY_AIRFLOW_HOME or"
        " TRIBUTARY_AIRFLOW_PHASE1_JAR for Airflow's workers."
    )
    assert recording.calls() == []


def test_a_spark_submit_that_is_not_there_is_said(recording):
    code, lines, _ = run("batch", "1", "--source", "orders", TRIBUTARY_AIRFLOW_SPARK_SUBMIT="/nowhere/spark-submit")
    assert code == 2
    assert "There is no program '/nowhere/spark-submit'" in json.loads(lines[-1])["error"]["message"]


def test_wrong_variables_are_said(recording):
    code, lines, _ = run("batch", "1", "--source", "orders", TRIBUTARY_AIRFLOW_RETRIES="many")
    assert code == 2
    assert json.loads(lines[-1])["error"]["code"] == "setting-invalid"


def test_a_runner_that_is_told_to_go_lets_the_driver_finish(recording):
    recording.orders(phase1__orders=[{"for": 60, "result": FIVE}])
    runner = begin("batch", "1", "--source", "orders")
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 143
    assert recording.was_told(pid)
    assert not alive(pid)
    assert json.loads(runner.stdout.read().splitlines()[-1])["processed"] == 5


def test_a_driver_that_does_not_go_is_killed(recording):
    # The grace is the stop-timeout and 30 s; the latter are for the driver's result.
    recording.orders(phase1__orders=[{"for": 60, "deaf": True}])
    code = (
        f"import sys, datetime; sys.path.insert(0, {str(DAGS)!r});"
        "from tributary_airflow import run_driver, submit;"
        "submit.grace = lambda settings: datetime.timedelta(seconds=0.5);"
        "sys.exit(run_driver.main(['batch', '1', '--source', 'orders']))"
    )
    runner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 143
    assert not alive(pid)


def test_the_driver_of_a_task_that_was_killed_is_ended_too(recording):
    recording.orders(phase1__orders=[{"for": 60}])
    task = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-I', {str(RUNNER)!r}, 'batch', '1', '--source', 'orders'])"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    task.kill()
    task.wait()
    wait_for(lambda: not alive(pid), "the driver's end")
    assert recording.was_told(pid)


def test_a_runner_whose_task_was_killed_before_it_could_look_starts_nothing(recording):
    recording.orders(phase1__orders=[{"result": FIVE}])
    task = subprocess.Popen(["true"])
    task.wait()
    for words in (("batch", "1", "--source", "orders"), ("supervise", "1", "--source", "orders"), ("reconcile", "orders")):
        assert run(*words, AIRFLOW_CTX_TASK_PID=str(task.pid))[0] == 143
    assert recording.calls() == [] and recording.launches() == []
    assert run("batch", "1", "--source", "orders", AIRFLOW_CTX_TASK_PID=str(os.getpid()))[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process started another")
def test_the_driver_of_a_task_whose_supervisor_was_killed_is_ended_too(recording):
    # The task itself lives on, and Airflow begins another try of it.
    recording.orders(phase1__orders=[{"for": 60}])
    start = "import subprocess, sys; subprocess.run([sys.executable, *{words!r}])"
    task = ["-c", start.format(words=["-I", str(RUNNER), "batch", "1", "--source", "orders"])]
    supervisor = subprocess.Popen(
        [sys.executable, "-c", start.format(words=task), "airflow worker"], stdout=subprocess.DEVNULL
    )
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not alive(pid), "the driver's end")
    assert recording.was_told(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_the_driver_of_a_runner_that_was_killed_is_ended_too(recording):
    recording.orders(phase1__orders=[{"for": 60}])
    runner = begin("batch", "1", "--source", "orders")
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    runner.kill()
    runner.wait()
    wait_for(lambda: not alive(pid), "the driver's end")
    assert recording.was_told(pid)


def test_a_continuous_driver_whose_time_is_over_is_no_failure(recording, monkeypatch):
    quick(monkeypatch)
    recording.orders(phase1__orders=[{"serve": WELL, "for": 1, "result": FIVE}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert json.loads(lines[-1])["processed"] == 5
    [call] = recording.calls()
    assert call["arguments"][call["arguments"].index("--trigger") + 1] == "10000ms"


def test_a_driver_that_dies_is_restarted_and_given_up_in_the_end(recording, monkeypatch):
    quick(monkeypatch)
    recording.orders(phase1__orders=[{"code": 1}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 1
    assert len(recording.calls()) == 3
    assert [line for line in lines if "restart 2 of 2" in line]
    summary = json.loads(lines[-1])
    assert summary["gave_up_after"] == 2 and summary["error"]["message"] == "It left with exit code 1."
    ids = [call["arguments"][call["arguments"].index("--run-id") + 1] for call in recording.calls()]
    assert ids == ["dag.run.1", "dag.run.1-1", "dag.run.1-2"]


def serving(**pipeline):
    """What a driver of one pipeline answers."""
    metrics = {"pipeline": "orders", "state": "running", "lag_records": 0, "commits": 0, "records_ingested": 0} | pipeline
    return {"/health": {"status": "ok", "pipelines": []}, "/metrics": metrics}


@pytest.mark.parametrize("answers", [serving(commits=1, lag_records=3), serving()], ids=["works", "has nothing to do"])
def test_a_driver_that_comes_back_is_not_given_up(recording, monkeypatch, answers):
    quick(monkeypatch, SETTLED="0s", RESTARTS="1")
    dies = {"serve": answers, "for": 1}
    recording.orders(phase1__orders=[dies | {"code": 75}, dies | {"code": 137}, dies | {"code": 1}, {"result": FIVE}])
    code, _, _ = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert len(recording.calls()) == 4


def test_a_driver_that_stalls_after_each_start_is_given_up_however_long_it_lives(recording, monkeypatch):
    # As by default: it stalls for longer than a driver takes to count as settled.
    quick(monkeypatch, STALL="500ms", SETTLED="200ms", TRIGGER="100ms")
    metrics = {"pipelines": [serving(pipeline=name, lag_records=7, commits=n)["/metrics"] for n, name in enumerate(["bad", "good"])]}
    # The other pipelines of the driver go on.
    recording.orders(phase1__orders=[{"serve": serving() | {"/metrics": metrics}, "for": 60}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code != 0
    assert json.loads(lines[-1])["gave_up_after"] == 2
    assert "pipeline bad has 7 records waiting" in json.loads(lines[-1])["error"]["message"]
    assert len(recording.calls()) == 3


def test_a_driver_that_retries_for_long_and_never_gets_anywhere_is_given_up(recording, monkeypatch):
    quick(monkeypatch, SETTLED="0s", RESTARTS="1")
    recording.orders(phase1__orders=[{"serve": serving(state="retrying"), "for": 1, "code": 75}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 75
    assert json.loads(lines[-1])["gave_up_after"] == 1


def test_a_driver_that_another_start_cannot_mend_is_given_up_at_once(recording, monkeypatch):
    quick(monkeypatch)
    part = {"pipeline": "orders", "state": "failed"}
    recording.orders(phase1__orders=[{"code": 3, "result": NOTHING | {"pipelines": [part]}}])
    assert run("supervise", "1", "--source", "orders")[0] == 3
    assert len(recording.calls()) == 1


def test_a_driver_whose_plan_did_not_come_out_twice_the_same_is_restarted(recording, monkeypatch):
    quick(monkeypatch)
    failure = {"code": "plan-not-repeatable", "message": "It is so."}
    unlucky = {"code": 3, "result": NOTHING | {"outcome": "failed", "error": failure, "pipelines": [{"state": "failed"}]}}
    recording.orders(phase2__orders=[unlucky, {"result": FIVE}])
    code, lines, _ = run("supervise", "2", "--dataset", "orders")
    assert code == 0
    assert any("exit code 3; restart 1 of 2" in line for line in lines)
    # It is given up as others are.
    recording.orders(phase2__orders=[unlucky])
    code, lines, _ = run("supervise", "2", "--dataset", "orders")
    assert code == 3
    assert json.loads(lines[-1])["gave_up_after"] == 2 and json.loads(lines[-1])["error"] == failure


def refused(code):
    return {"code": 2, "result": NOTHING | {"outcome": "failed", "error": {"code": code, "message": "It is so."}}}


def test_a_driver_whose_port_was_taken_meanwhile_starts_on_another_one(recording, monkeypatch):
    quick(monkeypatch)
    recording.orders(phase1__orders=[refused("setting-invalid"), {"result": FIVE}])
    assert run("supervise", "1", "--source", "orders")[0] == 0
    ports = [call["arguments"][call["arguments"].index("--metrics.port") + 1] for call in recording.calls()]
    assert len(ports) == 2


@pytest.mark.parametrize("code, starts", [("setting-invalid", 2), ("topic-not-found", 1)])
def test_a_setting_that_is_refused_again_is_no_matter_of_the_port(recording, monkeypatch, code, starts):
    quick(monkeypatch)
    recording.orders(phase1__orders=[refused(code)])
    assert run("supervise", "1", "--source", "orders")[0] == 2
    assert len(recording.calls()) == starts


def test_a_driver_that_never_answers_is_restarted(recording, monkeypatch):
    quick(monkeypatch, START_TIMEOUT="3s", RESTARTS="9")
    recording.orders(phase1__orders=[{"for": 60}, {"result": FIVE}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert any("did not answer at http://127.0.0.1:" in line and "restart 1 of 9" in line for line in lines)
    assert recording.was_told(recording.calls()[0]["pid"])


def test_a_driver_whose_records_wait_without_a_commit_is_restarted(recording, monkeypatch):
    quick(monkeypatch, STALL="400ms", TRIGGER="100ms")
    stuck = {"pipeline": "orders", "state": "running", "lag_records": 7, "commits": 3, "records_ingested": 100}
    serve = {"/health": {"status": "ok", "pipelines": []}, "/metrics": stuck}
    recording.orders(phase1__orders=[{"serve": serve, "for": 60}, {"serve": WELL, "result": FIVE}])
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert any("pipeline orders has 7 records waiting and committed none for" in line for line in lines)


def test_records_that_the_spec_lets_wait_are_no_stall(recording, monkeypatch):
    quick(monkeypatch, STALL="100ms", TRIGGER="10ms")
    held = serving(lag_records=7, held_until="2026-11-21T13:00:00Z")
    recording.orders(phase1__orders=[{"serve": held, "for": 1.5, "result": FIVE}])
    assert run("supervise", "1", "--source", "orders")[0] == 0
    assert len(recording.calls()) == 1


def test_a_stall_is_longer_than_what_lies_between_two_batches(recording, monkeypatch):
    quick(monkeypatch, STALL="100ms", TRIGGER="60s")
    recording.orders(phase1__orders=[{"serve": serving(lag_records=7), "for": 1.5, "result": FIVE}])
    assert run("supervise", "1", "--source", "orders")[0] == 0
    assert len(recording.calls()) == 1


def test_nothing_to_do_is_no_stall(recording, monkeypatch):
    quick(monkeypatch, STALL="100ms", TRIGGER="10ms")
    idle = {"pipeline": "orders", "state": "running", "lag_records": 0, "commits": 3, "records_ingested": 100}
    serve = {"/health": {"status": "ok", "pipelines": []}, "/metrics": {"pipelines": [idle]}}
    recording.orders(phase1__orders=[{"serve": serve, "for": 1.5, "result": FIVE}])
    assert run("supervise", "1", "--source", "orders")[0] == 0
    assert len(recording.calls()) == 1


@pytest.mark.parametrize("exit_code, error_code", [(3, "topic-recreated"), (4, "archive-conflict"), (75, "kafka-unavailable")])
def test_a_pipeline_that_fails_alone_raises_one_alert_and_takes_no_other_along(recording, monkeypatch, alerts, exit_code, error_code):
    quick(monkeypatch)
    bad = {"pipeline": "bad", "state": "failed", "error_code": error_code, "error": "It was created again."}
    good = {"pipeline": "good", "state": "stopped"}
    serve = {"/health": {"status": "degraded", "pipelines": [bad, good]}, "/metrics": {"pipelines": []}}
    result = FIVE | {"outcome": "failed", "pipelines": [bad, good]}
    recording.orders(phase1__orders=[{"serve": serve, "for": 1.5, "code": exit_code, "result": result}])
    code, _, errors = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert len(recording.calls()) == 1
    assert [(alert["kind"], alert["pipeline"], alert["error_code"]) for alert in alerts] == [
        ("pipeline-failed", "bad", error_code)
    ]


@pytest.mark.parametrize("commits, lag, settled, expected", [(7, 5, "1h", 1), (0, 0, "1h", 1), (8, 5, "1h", 2), (7, 0, "100ms", 2)])
def test_a_pipeline_that_gives_way_again_and_again_raises_one_alert_until_it_was_well(
    recording, monkeypatch, alerts, commits, lag, settled, expected
):
    quick(monkeypatch, SETTLED=settled)

    def health(state):
        return {"status": "degraded", "pipelines": [{"pipeline": "orders", "state": state, "error_code": "plan-conflict"}]}

    def metrics(state, commits, lag):
        return {"pipelines": [{"pipeline": "orders", "state": state, "commits": commits, "records_ingested": 9, "lag_records": lag}]}

    serve = {
        "/health": {"after": [[0, health("failed")], [1, health("running")], [2, health("failed")]]},
        "/metrics": {"after": [[0, metrics("failed", 7, 5)], [1, metrics("running", commits, lag)], [2, metrics("failed", commits, 5)]]},
    }
    recording.orders(phase2__orders=[{"serve": serve, "for": 3, "result": FIVE}])
    assert run("supervise", "2", "--dataset", "orders")[0] == 0
    assert [alert["error_code"] for alert in alerts] == ["plan-conflict"] * expected


def test_a_supervisor_that_is_told_to_go_ends_the_driver(recording, monkeypatch):
    quick(monkeypatch)
    recording.orders(phase1__orders=[{"serve": WELL, "for": 60}])
    runner = begin("supervise", "1", "--source", "orders")
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 143
    assert recording.was_told(pid) and not alive(pid)


def known(tmp_path, **states):
    """A snapshot with a source and a dataset of each name, each in a group of its own."""
    sources = tuple(Source(name, state) for name, state in states.items())
    datasets = tuple(Dataset(name, name, f"of-{name}", state) for name, state in states.items())
    catalog.write(tmp_path / "catalog.json", Catalog(sources, datasets))


@pytest.mark.parametrize("words", [("1", "--source", "orders"), ("2", "--dataset", "orders"), ("2", "--group", "of-orders")])
def test_a_continuous_driver_of_what_is_retired_meanwhile_is_let_go_and_is_no_failure(recording, monkeypatch, tmp_path, words):
    quick(monkeypatch)
    known(tmp_path, orders="active", clicks="active")
    recording.orders(**{f"phase{words[0]}__{words[2]}": [{"serve": WELL, "for": 60, "result": FIVE, "code": 75}]})
    runner = begin("supervise", *words)
    pid = wait_for(recording.calls, "the driver")[0]["pid"]
    known(tmp_path, orders="retired", clicks="active")
    assert runner.wait(20) == 0
    assert recording.was_told(pid) and not alive(pid)
    lines = runner.stdout.read().splitlines()
    assert f"supervision: nothing of '{' '.join(words[1:])}' lives in the catalog's snapshot any more" in lines
    assert json.loads(lines[-1])["processed"] == 5
    assert len(recording.calls()) == 1


def test_a_continuous_driver_goes_on_while_anything_that_it_was_given_lives(recording, monkeypatch, tmp_path):
    quick(monkeypatch)
    known(tmp_path, orders="retired", clicks="paused")
    recording.orders(phase1__orders=[{"serve": WELL, "for": 1.5, "result": FIVE}])
    assert run("supervise", "1", "--source", "orders", "--source", "clicks")[0] == 0
    [call] = recording.calls()
    assert not recording.was_told(call["pid"])


@pytest.mark.parametrize("snapshot", [None, "{"], ids=["not there", "broken"])
def test_a_snapshot_that_says_nothing_ends_no_driver(recording, monkeypatch, tmp_path, snapshot):
    quick(monkeypatch)
    if snapshot:
        (tmp_path / "catalog.json").write_text(snapshot)
    recording.orders(phase1__orders=[{"serve": WELL, "for": 1.5, "result": FIVE}])
    assert run("supervise", "1", "--source", "orders")[0] == 0
    [call] = recording.calls()
    assert not recording.was_told(call["pid"])


def test_no_driver_is_started_for_what_is_retired(recording, monkeypatch, tmp_path):
    quick(monkeypatch)
    known(tmp_path, orders="retired", clicks="active")
    code, lines, _ = run("supervise", "1", "--source", "orders")
    assert code == 0
    assert json.loads(lines[-1]) == {"exit_code": 0}
    assert recording.calls() == []


@pytest.mark.parametrize("verdict, code, expected", [("balanced", 0, 0), ("waiting", 75, 0), ("unaccounted", 3, 3)])
def test_reconcile_fails_only_where_something_is_wrong(recording, verdict, code, expected):
    findings = ["orders/0: 3 offsets are neither in the archive nor explained by a gap."] if expected else []
    account = {"dataset": "orders", "verdict": verdict, "findings": findings}
    recording.answers(orders={"code": code, "lines": [account]})
    returned, lines, _ = run("reconcile", "orders")
    assert returned == expected
    assert json.loads(lines[-1]) == {"dataset": "orders", "verdict": verdict, "findings": findings}
    assert recording.launches() == [{"arguments": ["reconcile", "--dataset", "orders", "--json"], "build": "never"}]


def test_a_reconcile_without_a_verdict_is_an_error_and_not_waiting_records(recording):
    # 75 is both: records wait, and a server is away.
    line = "tributary reconcile: kafka-unavailable: The brokers at a:1 do not answer."
    recording.answers(orders={"code": 75, "lines": [line]})
    code, lines, _ = run("reconcile", "orders", "--deep")
    assert code == 75
    assert json.loads(lines[-1])["error"] == {"code": "kafka-unavailable", "message": "The brokers at a:1 do not answer."}
    assert recording.launches()[0]["arguments"][-1] == "--deep"


def test_a_sweep_says_what_it_removed(recording):
    topic = {"source": "orders", "topic": "orders", "files": 2, "bytes": 30, "removed": True, "unreferenced": [{"path": "a"}]}
    recording.answers(orders={"code": 0, "lines": [topic, "a line that is no JSON"]})
    code, lines, _ = run("sweep", "orders", "--change")
    assert code == 0
    assert json.loads(lines[-1]) == {
        "source": "orders",
        "exit_code": 0,
        "topics": [{"topic": "orders", "files": 2, "bytes": 30, "removed": True}],
    }
    assert recording.launches()[0]["arguments"] == [
        "sweep", "--source", "orders", "--older-than", "86400000ms", "--json", "--delete",
    ]  # fmt: skip


def test_a_retention_says_what_it_took_out_and_a_compaction_what_it_did(recording):
    topic = {"topic": "orders", "olderThan": 5, "records": 7, "files": 2, "bytes": 30, "removed": True}
    recording.answers(orders={"code": 0, "lines": [topic]})
    _, lines, _ = run("retain", "orders", "--change")
    assert json.loads(lines[-1])["topics"] == [
        {"topic": "orders", "records": 7, "files": 2, "bytes": 30, "removed": True}
    ]
    recording.answers(orders={"code": 0, "lines": [{"topic": "orders", "done": False, "report": {"replaced": 4}}]})
    _, lines, _ = run("compact", "orders")
    assert json.loads(lines[-1])["topics"] == [{"topic": "orders", "report": {"replaced": 4}, "done": False}]
    assert [launch["arguments"] for launch in recording.launches()] == [
        ["retain", "--source", "orders", "--json"],
        ["compact", "--source", "orders", "--json", "--dry-run"],
    ]


def test_a_retention_that_waits_says_for_what(recording):
    topics = [
        {"topic": "orders", "records": 9, "files": 2, "bytes": 30, "removed": False, "waitsFor": "dataset 'a' has read nothing"},
        {"topic": "refunds", "records": 0, "files": 0, "bytes": 0, "removed": False},
    ]
    recording.answers(orders={"code": 75, "lines": topics})
    code, lines, _ = run("retain", "orders", "--change")
    assert code == 75
    assert json.loads(lines[-1])["error"] == {"code": "retention-waits", "message": "orders: dataset 'a' has read nothing."}
    # The command's own error is the one that counts.
    recording.answers(orders={"code": 75, "lines": [*topics, "tributary retain: store-unavailable: It is away."]})
    assert json.loads(run("retain", "orders", "--change")[1][-1])["error"]["code"] == "store-unavailable"


def test_a_sweep_that_fails_says_why(recording):
    line = "tributary sweep: store-unavailable: The store at s3a://raw does not answer."
    recording.answers(orders={"code": 75, "lines": [line]})
    code, lines, _ = run("sweep", "orders")
    assert code == 75
    assert json.loads(lines[-1])["error"]["code"] == "store-unavailable"
    assert "--delete" not in recording.launches()[0]["arguments"]
