"""Child processes that never outlive who started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from . import outcomes

_PR_SET_PDEATHSIG = 1
_TICK_SECONDS = 0.2
_READ_SECONDS = 5
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StopRequest:
    """Becomes true when this process is told to go, or when the process that started it is gone, or
    Airflow's supervisor of that one: a task or a worker that was killed with -9 tells nobody."""

    def __init__(self, task: str = "") -> None:
        """``task`` is the id of the process that started this one, as that one told it: it may be gone already."""
        self._parent = int(task) if task.isdigit() else os.getppid()
        self._supervisor = _supervisor(self._parent)
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self._asked or os.getppid() != self._parent or self._unsupervised()

    def _unsupervised(self) -> bool:
        # The task lives on without its supervisor, but nobody reports for it any more: it is tried again.
        return self._supervisor is not None and _parent_of(self._parent) != self._supervisor

    def _ask(self, number: int, frame: object) -> None:
        self._asked = True

    def wait(self, span: timedelta) -> bool:
        """Waits at most that long; true as soon as the stop was asked for."""
        end = time.monotonic() + span.total_seconds()
        while not self and time.monotonic() < end:
            time.sleep(min(_TICK_SECONDS, max(0.0, end - time.monotonic())))
        return bool(self)


class Child:
    """A process with a group of its own. On Linux it gets SIGTERM if this process dies first."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], on_line: Callable[[str], None] | None = None
    ):
        """Starts it. What it prints goes line by line to on_line, else to where this process prints.
        OSError if there is no such program."""
        redirected = {} if on_line is None else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self._process = subprocess.Popen(
            list(command), env=dict(environment), start_new_session=True, preexec_fn=_end_with_parent, **redirected
        )
        self._reader: threading.Thread | None = None
        if on_line is not None:
            self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
            self._reader.start()

    def exit_code(self) -> int | None:
        """As a shell would report it; None while it runs."""
        code = self._process.poll()
        return None if code is None else outcomes.of_process(code)

    def wait(self, stop: StopRequest, grace: timedelta) -> int:
        """Waits for its end; a stop that is asked for meanwhile is handed on."""
        while (code := self.exit_code()) is None:
            if stop.wait(timedelta(seconds=_TICK_SECONDS)):
                return self.end(grace)
        self._read_rest()
        return code

    def end(self, grace: timedelta) -> int:
        """SIGTERM to the group, and SIGKILL to what is left of it after the grace."""
        self._signal(signal.SIGTERM)
        end = time.monotonic() + grace.total_seconds()
        while (code := self.exit_code()) is None and time.monotonic() < end:
            time.sleep(_TICK_SECONDS)
        self._signal(signal.SIGKILL)
        self._read_rest()
        return outcomes.of_process(self._process.wait()) if code is None else code

    def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            on_line(line.decode(errors="replace").rstrip())

    def _read_rest(self) -> None:
        if self._reader is not None:
            self._reader.join(timeout=_READ_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


def _parent_of(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _supervisor(task: int) -> int | None:
    """The process of an executor that watches over a task; none where a task is run by hand from a
    shell, which may leave before it. Only Linux tells."""
    pid = _parent_of(task)
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            words = line.read()
    except OSError:
        return None
    return pid if b"airflow" in words or b"celery" in words else None


def _end_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
