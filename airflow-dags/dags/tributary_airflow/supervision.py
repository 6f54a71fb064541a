"""Keeps a continuous driver running: starts it, asks how it is, restarts it, gives it up, and ends it where all
that it is for is retired."""

from __future__ import annotations

import json
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import alerts, catalog, drivers, outcomes, submit, units
from .processes import Child, StopRequest
from .settings import METRICS_HOST, Settings

_ASK_SECONDS = 5
_BACKOFF_CAP = timedelta(minutes=5)
_TICK = timedelta(milliseconds=100)
_REPORT_EVERY = timedelta(minutes=5)


def supervise(settings: Settings, job: submit.Job, environment: Mapping[str, str], folder: Path, stop: StopRequest) -> int:
    """Runs until the driver's run length is over or nothing that it is for lives any more (0), it is given up
    (its exit code), or the task is told to stop (143). The last line is a summary as JSON."""
    if problem := drivers.unusable(settings, job):
        return drivers.refuse(problem)
    restarts = 0
    start = 0
    port_in_doubt = True
    while True:
        if _retired(settings, job):
            # Its DAG is there until the snapshot is parsed again, and would begin the next run at once.
            code = outcomes.STOPPED if stop.wait(settings.watch_interval) else outcomes.DONE
            return _finish({"exit_code": code}, code)
        attempt = submit.Attempt(submit.run_id(environment, start), folder / f"result-{start}.json", _free_port())
        began = time.monotonic()
        child = drivers.start(settings, job, attempt, environment)
        watch = Watch(settings, job, attempt)
        trouble = watch.until_it_ends(child, stop)
        code = child.end(submit.grace(settings)) if child.exit_code() is None else child.exit_code()
        did = drivers.summary(attempt.result, code)
        if stop:
            return _finish(did, outcomes.STOPPED)
        if watch.retired:
            # However it left: another start of it would have nothing to do.
            return _finish(did, outcomes.DONE)
        if trouble is None and code == outcomes.DONE:
            return _finish(did, outcomes.DONE)
        if trouble is None and _some_are_well(did):
            # Alerts were sent; the pipelines that are well go on in the next run.
            return _finish(did, outcomes.DONE)
        port_taken = port_in_doubt and trouble is None and _may_lack_its_port(code, did, watch)
        if trouble is None and outcomes.hopeless(code, did) and not port_taken:
            return _finish(did, code)
        # Nobody takes the port of two starts: the next setting that is refused is another one.
        port_in_doubt = port_in_doubt and not port_taken
        if watch.well and time.monotonic() - began >= settings.settled.total_seconds():
            restarts = 0
        if restarts >= settings.restarts:
            did["gave_up_after"] = restarts
            did.setdefault("error", {"code": "driver-given-up", "message": trouble or f"It left with exit code {code}."})
            return _finish(did, code if code != outcomes.DONE else outcomes.UNAVAILABLE)
        restarts += 1
        start += 1
        wait = _backoff(settings, restarts)
        drivers.say(
            f"supervision: {trouble or f'the driver left with exit code {code}'}; restart {restarts} of"
            f" {settings.restarts} in {wait.total_seconds():.1f} s"
        )
        if stop.wait(wait):
            return _finish(did, outcomes.STOPPED)


class Watch:
    """Asks one driver how it is."""

    def __init__(self, settings: Settings, job: submit.Job, attempt: submit.Attempt):
        self._settings = settings
        self._job = job
        self._attempt = attempt
        self._address = f"http://{METRICS_HOST}:{attempt.metrics_port}"
        self._began = time.monotonic()
        self._answered: float | None = None
        self._progress: dict[str, tuple[tuple[int, int], float]] = {}
        # By pipeline and error, how many commits it had at the last look, and since when it has been idle.
        self._alerted: dict[tuple[str, str], tuple[int, float]] = {}
        self._reported = self._began
        # Whether each pipeline has done something in this start, or has nothing to do: living long is not enough.
        self.well = False
        # Whether it was let go because nothing that it is for lives any more.
        self.retired = False

    @property
    def answered(self) -> bool:
        """Whether the driver has ever said how it is."""
        return self._answered is not None

    def until_it_ends(self, child: Child, stop: StopRequest) -> str | None:
        """Returns None when it ended by itself, the stop was asked for or all that it is for is retired, else what
        is wrong with it."""
        looked = time.monotonic()
        while child.exit_code() is None:
            if stop.wait(_TICK):
                return None
            if time.monotonic() - looked < self._settings.watch_interval.total_seconds():
                continue
            looked = time.monotonic()
            if trouble := self.look():
                return trouble if child.exit_code() is None else None
            if child.exit_code() is None and _retired(self._settings, self._job):
                self.retired = True
                return None
        return None

    def look(self) -> str | None:
        """One look at /health and /metrics: what is wrong, None if nothing is."""
        now = time.monotonic()
        try:
            health = self._ask("/health")
            metrics = self._ask("/metrics")
        except (OSError, ValueError):
            return self._silent(now)
        self._answered = now
        pipelines = metrics["pipelines"] if "pipelines" in metrics else [metrics]
        self._alert_failed(health.get("pipelines", []), pipelines, now)
        self._report(health, pipelines, now)
        self.well = all(map(_does_its_work, pipelines))
        return self._stalled(pipelines, now)

    def _silent(self, now: float) -> str | None:
        if self._answered is None:
            late = now - self._began >= self._settings.start_timeout.total_seconds()
            return f"the driver did not answer at {self._address}/health within {self._settings.start_timeout}" if late else None
        mute = now - self._answered >= self._settings.silence.total_seconds()
        return f"the driver has not answered at {self._address}/health for {self._settings.silence}" if mute else None

    def _stalled(self, pipelines: list[dict[str, Any]], now: float) -> str | None:
        for pipeline in pipelines:
            name = pipeline.get("pipeline", "")
            mark = (pipeline.get("commits", 0), pipeline.get("records_ingested", 0))
            waits = pipeline.get("state") == "running" and _waits(pipeline)
            known, since = self._progress.get(name, (None, now))
            if known != mark or not waits:
                since = now
            self._progress[name] = (mark, since)
            # Between two batches nothing is committed.
            stall = max(self._settings.stall, 2 * self._settings.trigger)
            if now - since >= stall.total_seconds():
                return f"pipeline {name} has {pipeline['lag_records']} records waiting and committed none for {stall}"
        return None

    def _alert_failed(self, health: list[dict[str, Any]], metrics: list[dict[str, Any]], now: float) -> None:
        """Sends one alert a failure. One that gave way to another driver looks again after some minutes, and is
        running until it meets it again: well is only what commits, or has had nothing to do for a while."""
        commits = {p.get("pipeline", ""): p.get("commits", 0) for p in metrics}
        idle = {p.get("pipeline", "") for p in metrics if p.get("state") == "running" and not _waits(p)}
        failed = {(p["pipeline"], p.get("error_code", "")): p for p in health if p.get("state") == "failed"}
        for key, (known, since) in list(self._alerted.items()):
            done = commits.get(key[0], 0)
            if key in failed or key[0] not in idle:
                since = now
            self._alerted[key] = (done, since)
            if key not in failed and (done > known or now - since >= self._settings.settled.total_seconds()):
                del self._alerted[key]
        for key, pipeline in failed.items():
            if key not in self._alerted:
                document = {"kind": "pipeline-failed", "phase": self._job.phase, "run": self._attempt.run_id}
                alerts.send(self._settings.alert_url, document | pipeline)
                self._alerted[key] = (commits.get(key[0], 0), now)

    def _report(self, health: dict[str, Any], pipelines: list[dict[str, Any]], now: float) -> None:
        if now - self._reported < _REPORT_EVERY.total_seconds():
            return
        self._reported = now
        records = sum(p.get("records_ingested", 0) for p in pipelines)
        lag = sum(p.get("lag_records", 0) for p in pipelines)
        drivers.say(f"supervision: {health.get('status')}: {len(pipelines)} pipelines, {records} records, {lag} waiting")

    def _ask(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self._address + path, headers={"Accept": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=_ASK_SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as e:
            # 503 is an answer too: all pipelines have failed.
            return json.loads(e.read())


def _retired(settings: Settings, job: submit.Job) -> bool:
    """Whether the snapshot says that nothing the driver was given lives any more. It has no DAG then, so that
    nobody sees it, and would hold its slot with nothing to do. Where there is no snapshot, nobody knows."""
    try:
        known = catalog.read(settings.catalog)
    except catalog.CatalogError:
        return False
    if known == catalog.Catalog() or units.lives(known, job.selection):
        return False
    drivers.say(f"supervision: nothing of '{' '.join(job.selection)}' lives in the catalog's snapshot any more")
    return True


def _waits(pipeline: dict[str, Any]) -> bool:
    """Whether records wait that should not: where the spec lets them wait for a batch that is worth its
    cost, the driver says until when."""
    return pipeline.get("lag_records", 0) > 0 and "held_until" not in pipeline


def _does_its_work(pipeline: dict[str, Any]) -> bool:
    # Of one that has failed for good an alert was sent; it is not what the driver is restarted for.
    idle = pipeline.get("state") in ("running", "stopped") and not _waits(pipeline)
    return pipeline.get("commits", 0) > 0 or idle or pipeline.get("state") == "failed"


def _some_are_well(did: dict[str, Any]) -> bool:
    states = [part.get("state") for part in did.get("pipelines", [])]
    return "failed" in states and any(state != "failed" for state in states)


def _may_lack_its_port(code: int, did: dict[str, Any], watch: Watch) -> bool:
    """Whether the driver may have ended because its port, which was free, was somebody else's by the time
    that it wanted it."""
    refused = outcomes.error_code(did) in ("", "setting-invalid")
    return code == outcomes.USAGE and refused and not watch.answered


def _finish(did: dict[str, Any], code: int) -> int:
    drivers.say(json.dumps(did))
    return code


def _backoff(settings: Settings, restart: int) -> timedelta:
    longest = min(settings.retry_delay * 2 ** (restart - 1), settings.retry_cap, _BACKOFF_CAP)
    return longest * random.uniform(0.5, 1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]
