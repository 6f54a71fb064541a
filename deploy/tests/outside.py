"""Runs what docker-compose.yml says outside of containers: the same arguments and the same environment,
in a network and a mount namespace of its own in which every service's name is this machine and every
path of the images is there. What stands in for an image that is not to be had is in `Stack` and nowhere
else."""

from __future__ import annotations

import functools
import json
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Folders that get a writable layer of the namespace's own.
LAYERED = ("/etc", "/opt", "/run", "/var/lib")
ENTRY_POINTS = {"airflow": ["airflow"]}


def sh(command: str) -> None:
    subprocess.run(command, shell=True, check=True, executable="/bin/bash")


@functools.cache
def slowness() -> float:
    """How many times slower than a usual machine, on which this takes 0.015 s, this one is when the tests begin."""

    def steps() -> float:
        began = time.perf_counter()
        assert sum(n * n % 7 for n in range(200_000))
        return time.perf_counter() - began

    return max(1.0, max(steps() for _ in range(5)) / 0.015)


def wait_for(condition: Callable[[], Any], what: str, seconds: float) -> Any:
    """Polls until the condition holds and returns what it returned. The seconds are those of a usual machine."""
    limit = seconds * slowness()
    end = time.monotonic() + limit
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come within {limit:.0f} s"
        time.sleep(0.2)
    return found


class Service:
    """One service of docker-compose.yml as docker compose itself resolves it."""

    def __init__(self, name: str, description: dict[str, Any], dockerfile: dict[str, list[str]]):
        self.name = name
        self.image = description["image"]
        build = self.image.split(":")[0].removeprefix("tributary/") if self.image.startswith("tributary/") else ""
        plain = lambda words: [word.replace("$$", "$") for word in words or []]  # noqa: E731
        entry_point = plain(description.get("entrypoint")) or dockerfile.get(f"{build} ENTRYPOINT") or ENTRY_POINTS.get(build, [])
        command = plain(description.get("command"))
        if not command and not description.get("entrypoint"):
            command = dockerfile.get(f"{build} CMD", [])
        self.command = [*entry_point, *command]
        self.environment = {key: (value or "").replace("$$", "$") for key, value in (description.get("environment") or {}).items()}
        volumes = description.get("volumes", [])
        self.files = [(volume["source"], volume["target"]) for volume in volumes if volume["type"] == "bind"]
        self.place = _place(description.get("tmpfs", []), description.get("read_only", False), volumes)
        check = description.get("healthcheck") or {}
        test = plain(check.get("test"))
        self.check = {"CMD": test[1:], "CMD-SHELL": ["/bin/sh", "-c", *test[1:]]}.get(test[0]) if test else None
        if not test and not check.get("disable"):
            self.check = dockerfile.get(f"{build} HEALTHCHECK")


def _place(tmpfs: list[str], read_only: bool, volumes: list[dict[str, Any]]) -> list[str]:
    """What a command is run by so that it sees the mounts of its container: each tmpfs with the options that
    Docker gives it, and with a root that is read-only what is on volumes alone can be written."""
    steps = []
    if read_only:
        steps += [f"mount --bind {volume['target']} {volume['target']}" for volume in volumes if not volume.get("read_only")]
        steps += [f"mount -o remount,bind,ro {path}" for path in ("/", *LAYERED)]
    for each in tmpfs:
        path, _, options = each.partition(":")
        steps.append(f"mount -t tmpfs -o {','.join(filter(None, ['noexec,nosuid,nodev', options]))} tmpfs {path}")
    if not steps:
        return []
    return ["unshare", "--mount", "bash", "-euc", "\n".join([*steps, 'exec "$@"']), "place"]


def dockerfile() -> dict[str, list[str]]:
    """ENTRYPOINT, CMD and HEALTHCHECK of each stage, and its ENV as NAME=value."""
    found: dict[str, list[str]] = {}
    stage = ""
    text = (ROOT / "deploy/docker/Dockerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            stage = rest.split()[-1]
        elif instruction in ("ENTRYPOINT", "CMD"):
            found[f"{stage} {instruction}"] = json.loads(rest)
        elif instruction == "HEALTHCHECK" and "CMD" in rest:
            found[f"{stage} HEALTHCHECK"] = json.loads(rest[rest.index("[") :])
        elif instruction == "ENV":
            found[f"{stage} ENV"] = shlex.split(rest)
    return found


def resolved(compose: str) -> dict[str, Any]:
    """docker-compose.yml as docker compose itself understands it, with the values of .env.example."""
    command = [compose, "--project-directory", str(ROOT), "--env-file", str(ROOT / ".env.example")]
    command += ["--profile", "*", "config", "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Stack:
    """The services as processes."""

    def __init__(self, folder: Path, compose: str, airflow: Path):
        self.folder = folder
        self.airflow = airflow
        instructions = dockerfile()
        self.images = {key.split()[0]: dict(pair.split("=", 1) for pair in pairs) for key, pairs in instructions.items() if key.endswith(" ENV")}
        services = resolved(compose)["services"]
        self.services = {name: Service(name, services[name], instructions) for name in services}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.spent: dict[str, float] = {}

    # ---- the place

    def prepare(self) -> None:
        """Makes the namespace look like the images: called in a fresh network and mount namespace."""
        layers = self.folder / "layers"
        layers.mkdir(parents=True)
        sh(f"mount -t tmpfs layers {layers}")
        for path in LAYERED:
            upper, work = layers / path.replace("/", "_"), layers / (path.replace("/", "_") + ".work")
            upper.mkdir(), work.mkdir()
            sh(f"mount -t overlay overlay -o lowerdir={path},upperdir={upper},workdir={work} {path}")
        sh("ip link set lo up")
        # This machine's name first, as in a container: it is what 127.0.0.1 is called.
        Path("/etc/hosts").write_text(f"127.0.0.1 {socket.gethostname()} localhost {' '.join(self.services)}\n")
        environment = {**os.environ, "TRIBUTARY_LAID_OUT_AT": "/opt/tributary", "SPARK_JARS": "/opt/spark/jars"}
        subprocess.run([ROOT / "deploy/docker/lay-out", ROOT, "/opt/tributary"], check=True, env=environment)
        sh("install -D -m 0755 -t /opt/tributary/bin " + " ".join(str(ROOT / "deploy/docker" / f) for f in ("healthy", "make-tokens", "back-up")))
        sh("mkdir -p /var/lib/tributary /run/tributary /opt/airflow/catalog /opt/airflow/secrets /opt/airflow/specs /opt/airflow/logs /etc/tributary")
        self._spark_home(Path("/opt/spark"))
        self._kafka_home(Path("/opt/kafka"))
        for service in self.services.values():
            for source, target in service.files:
                if service.image.startswith("tributary/"):
                    Path(target).parent.mkdir(parents=True, exist_ok=True)
                    Path(target).write_bytes(Path(source).read_bytes())

    @staticmethod
    def _spark_home(home: Path) -> None:
        """Spark's jars of the build, and scripts that ask Spark's launcher for the command as Spark's own do."""
        (home / "bin").mkdir(parents=True)
        (home / "jars").symlink_to(ROOT / "local-stack/spark-runtime/target/lib")
        (home / "bin/spark-class").write_text(
            "#!/usr/bin/env bash\nset -euo pipefail\n"
            f'export SPARK_HOME={home} SPARK_SCALA_VERSION=2.13 JAVA_HOME="${{JAVA_HOME:-{_java_home()}}}"\n'
            "command=()\nwhile IFS= read -r -d '' word; do command+=(\"$word\"); done < <(\"$JAVA_HOME/bin/java\" -Xmx64m"
            ' -XX:TieredStopAtLevel=1 -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main "$@" | tail -n +2)\n'
            'exec "${command[@]}"\n'
        )
        (home / "bin/spark-submit").write_text(
            f'#!/usr/bin/env bash\nexec {home}/bin/spark-class org.apache.spark.deploy.SparkSubmit "$@"\n'
        )
        for script in ("spark-class", "spark-submit"):
            (home / "bin" / script).chmod(0o755)

    @staticmethod
    def _kafka_home(home: Path) -> None:
        """Kafka's command line on the jars of the build: scripts that call the classes that Kafka's own call."""
        (home / "bin").mkdir(parents=True)
        for script, tool in (("kafka-topics.sh", "TopicCommand"), ("kafka-broker-api-versions.sh", "BrokerApiVersionsCommand")):
            jars = ROOT / "local-stack/kafka-runtime/target/lib/*"
            (home / "bin" / script).write_text(f'#!/usr/bin/env bash\nexec java -Xmx256m -cp "{jars}" org.apache.kafka.tools.{tool} "$@"\n')
            (home / "bin" / script).chmod(0o755)

    # ---- services

    def environment(self, service: Service) -> dict[str, str]:
        """What the container would see, with this machine's PATH and HOME."""
        stage = service.image.split(":")[0].removeprefix("tributary/")
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "JAVA_HOME") if name in os.environ}
        own = {"PATH": os.environ["PATH"], "HOSTNAME": socket.gethostname(), "TZ": "UTC", **kept}
        image = dict(self.images.get(stage, {}))
        if stage == "airflow":
            # The virtual environment of the tests stands for the image, SQLite for postgres.
            image.pop("JAVA_HOME")
            own["PATH"] = f"{self.airflow / 'bin'}:{own['PATH']}"
            own["AIRFLOW_HOME"] = "/opt/airflow"
            image["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "sqlite:////opt/airflow/airflow.db"
            given = {key: value for key, value in service.environment.items() if key != "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}
            return own | image | given
        return own | image | service.environment

    def run(self, name: str, seconds: float = 120) -> str:
        """Runs a service that ends; its output."""
        service = self.services[name]
        begun = time.monotonic()
        done = subprocess.run(
            [*service.place, *service.command],
            env=self.environment(service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds * slowness(),
        )
        self.spent[name] = time.monotonic() - begun
        assert done.returncode == 0, f"{name} left with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str, command: list[str] | None = None, check: list[str] | None = None, seconds: float = 120) -> None:
        """Starts a service and waits until its own health check says that it is healthy."""
        service = self.services[name]
        begun = time.monotonic()
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [*service.place, *(command or service.command)],
                env=self.environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[name] = process
        check = check or service.check
        assert check, f"{name} has no health check"

        def healthy() -> bool:
            assert process.poll() is None, f"{name} ended with {process.returncode}: {self.tail(name)}"
            return subprocess.run(check, env=self.environment(service), capture_output=True, timeout=60 * slowness()).returncode == 0

        try:
            wait_for(healthy, f"the health of {name}", seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.tail(name)}") from e
        self.spent[name] = time.monotonic() - begun

    def stop(self, name: str, seconds: float = 90) -> int:
        """SIGTERM, and SIGKILL for what has not gone by then, as docker stop sends them; the exit code."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(seconds * slowness())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def stop_all(self) -> None:
        for process in self.running.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.running.clear()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def tail(self, name: str) -> str:
        return self.log(name).read_text(errors="replace")[-4000:]


def _java_home() -> str:
    java = subprocess.run(["readlink", "-f", subprocess.check_output(["which", "java"], text=True).strip()], capture_output=True, text=True)
    return str(Path(java.stdout.strip()).parents[1])
