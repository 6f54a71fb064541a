"""The demo of docker compose: makes orders and takes them through both phases to the accounts."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from typing import Any

from airflow.sdk import DAG, Param, task

from tributary_airflow import settings, submit
from tributary_airflow.operators import RunOperator

_SETTINGS = settings.of_process()
_DATASET = "demo_orders"
_TOPIC = "demo-orders"

_DOC = """
Makes orders, with revisions of some and a few that do not fit, archives them, writes them to the table
`demo_orders`, and checks that each of them is accounted for.
"""


def orders(count: int, seed: str) -> list[str]:
    """Lines for `tributary local produce --keyed`: a third of the orders is changed later, and one
    record in fifty is broken, so that the quarantine has something to show."""
    chance = random.Random(seed)
    now = time.time()
    lines = []
    for n in range(count):
        number = chance.randrange(1, max(2, count * 2 // 3))
        order = {
            "id": number,
            "customer": {"name": f"customer {number % 97}"},
            "total": chance.randrange(100, 100_000) / 100,
            "updated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + n / 1000)),
        }
        value = json.dumps(order)
        lines.append(f"{number}\t{value[: len(value) // 2] if n % 50 == 49 else value}")
    return lines


with DAG(
    "tributary_demo",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    doc_md=_DOC,
    tags=["tributary", "demo"],
    params={"orders": Param(1000, type="integer", minimum=1, maximum=100_000, description="How many records.")},
    default_args={
        "owner": _SETTINGS.owner,
        # The scheduled DAGs have the same dataset: who is second may be told to come again.
        "retries": _SETTINGS.retries,
        "retry_delay": _SETTINGS.retry_delay,
        "retry_exponential_backoff": 2,
        "max_retry_delay": _SETTINGS.retry_cap,
        "execution_timeout": _SETTINGS.timeout,
    },
) as dag:

    @task(retries=0)
    def produce(params: dict[str, Any], run_id: str) -> int:
        lines = orders(params["orders"], run_id)
        command = [_SETTINGS.command, "local", "produce", _TOPIC, "--keyed", "--kafka", os.environ["TRIBUTARY_DEMO_KAFKA"]]
        environment = submit.environment(os.environ) | {"TRIBUTARY_BUILD": "never"}
        subprocess.run(command, input="\n".join(lines) + "\n", text=True, check=True, env=environment)
        return len(lines)

    archive = RunOperator(task_id="archive", words=["batch", "1", "--dataset", _DATASET], pool=_SETTINGS.pool)
    write = RunOperator(task_id="write", words=["batch", "2", "--dataset", _DATASET], pool=_SETTINGS.pool)
    account = RunOperator(task_id="account", words=["reconcile", _DATASET, "--deep"])
    # A run of the scheduled DAGs may have been faster: then there is nothing new, and no error.
    write.trigger_rule = account.trigger_rule = "none_failed"
    produce() >> archive >> write >> account
