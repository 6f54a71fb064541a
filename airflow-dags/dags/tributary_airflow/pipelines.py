"""Makes the DAGs: settings and catalog in, DAGs out, nothing else looked at."""

from __future__ import annotations

import contextlib
import functools
import operator
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, Param, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from . import alerts, backfill_form, catalog
from .airflow_api import AirflowApi, ApiAway, ApiRefused, table_pool
from .checks import UPKEEP
from .operators import RunOperator
from .settings import METASTORE_CA, METASTORE_TOKEN, METASTORE_URL, Settings
from .units import Unit, cut, upkeep

_CHECKS_AT_ONCE = 4
# Further runs wait; how many drivers work at once is a matter of pools.
_BACKFILLS_AT_ONCE = 16
_POOL_REMEDY = "Run tributary_catalog_sync, which makes it, or make it: airflow pools set {name} 1 backfills"
_TIMEOUT_SLACK = timedelta(minutes=30)


def raw_asset(source: str) -> Asset:
    """The raw archive of a source."""
    return Asset(name=f"tributary raw {source}", uri=f"tributary://raw/{source}")


def table_asset(dataset: str) -> Asset:
    """The table of a dataset."""
    return Asset(name=f"tributary table {dataset}", uri=f"tributary://table/{dataset}")


def catalog_sync(settings: Settings) -> DAG:
    """The DAG that takes the snapshot of the catalog."""
    with _dag(settings, "tributary_catalog_sync", settings.sync_schedule, _CATALOG_DOC, ["catalog"]) as dag:

        @task(execution_timeout=timedelta(minutes=5))
        def sync() -> dict[str, int]:
            try:
                found = catalog.fetch(*(os.environ.get(name, "") for name in (METASTORE_URL, METASTORE_TOKEN, METASTORE_CA)))
                catalog.write(settings.catalog, found)
            except catalog.MetastoreAway as e:
                raise AirflowException(str(e)) from e
            except catalog.CatalogError as e:
                raise AirflowFailException(str(e)) from e
            return {"sources": len(found.sources), "datasets": len(found.datasets)}

        if not settings.api_url:
            sync()
            return dag

        @task(execution_timeout=timedelta(minutes=30))
        def pools() -> dict[str, list[str]]:
            api = AirflowApi(settings)
            wanted = {table_pool(dataset): dataset for dataset in catalog.read(settings.catalog).living_datasets()}
            with _api_errors():
                there = api.pools()
                made = [
                    name
                    for name, dataset in sorted(wanted.items())
                    if name not in there and api.make_pool(name, settings.backfills_per_table, f"backfills of {dataset.table}")
                ]
                _require_pool(api, settings.pool, "Make it: airflow pools set {name} 8 'drivers at once'")
            return {"made": made}

        sync() >> pools()
    return dag


def pipelines(settings: Settings, known: catalog.Catalog) -> list[DAG]:
    """The phase 1 and phase 2 DAGs of every unit, and those that look after all of them."""
    units = cut(known, settings) if settings.phases else []
    always = {source for unit in units if unit.job.phase == 1 and unit.job.continuous for source in unit.sources}
    dags = [_continuous(settings, unit) if unit.job.continuous else _batch(settings, unit, always) for unit in units]
    return [*dags, backfill(settings, known), reconcile(settings), maintenance(settings)]


def backfill(settings: Settings, known: catalog.Catalog) -> DAG:
    """The DAG that writes days of the archive again, as its form says. Each table's drivers have a task
    of their own, because a task has one pool."""
    living = known.living_datasets()
    dag = _dag(settings, "tributary_backfill", None, _BACKFILL_DOC, ["backfill"], max_active_runs=_BACKFILLS_AT_ONCE)
    names = {"enum": [dataset.name for dataset in living]} if living else {}
    fields = {
        "dataset": Param(type="string", description="The dataset whose table is written.", **names),
        "from_date": Param(type="string", format="date", description="The first day of ingest, in UTC."),
        "to_date": Param(type="string", format="date", description="The last day of ingest; it is part of the backfill."),
        "mode": Param(
            "fill",
            type="string",
            enum=list(backfill_form.MODES),
            description="fill adds the records that the table lacks; replace writes the days of an append table anew.",
        ),
        "version": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            description="The dataset version that does it; empty: the one in force.",
        ),
        "dry_run": Param(False, type="boolean", description="Count and report, and write nothing."),
    }
    for name, field in fields.items():
        dag.params[name] = field
    with dag:

        @task
        def form(params: dict[str, Any], dag_run: Any) -> list[list[str]]:
            try:
                asked = backfill_form.read(params, catalog.read(settings.catalog))
            except (backfill_form.FormError, catalog.CatalogError) as e:
                raise AirflowFailException(str(e)) from e
            if settings.api_url:
                with _api_errors():
                    _require_pool(AirflowApi(settings), table_pool(asked.dataset), _POOL_REMEDY)
            return [["backfill", *selection] for selection in asked.selections(dag_run.run_id)]

        @task.branch
        def table(params: dict[str, Any]) -> str:
            return _backfill_task(params["dataset"])

        days = form()
        chosen = table()
        days >> chosen
        for dataset in living:
            drivers = RunOperator.partial(
                task_id=_backfill_task(dataset.name),
                map_index_template="{{ task.words[6] }}",
                execution_timeout=settings.backfill_timeout,
                **_line(settings, dataset),
                **_release(settings, dataset.group),
            )
            chosen >> drivers.expand(words=days)
    return dag


def _backfill_task(dataset: str) -> str:
    return f"backfill__{dataset}"


def _line(settings: Settings, dataset: catalog.Dataset) -> dict[str, Any]:
    """What bounds how many drivers stand in line at a table."""
    if settings.api_url:
        return {"pool": table_pool(dataset)}
    # Nobody could make a pool a table, and a task of a pool that is not there waits for ever.
    return {"pool": settings.pool, "max_active_tis_per_dag": settings.backfills_per_table}


def _require_pool(api: AirflowApi, name: str, remedy: str) -> None:
    if not api.has_pool(name):
        raise AirflowFailException(
            f"There is no pool '{name}', and tasks of a pool that is not there never run. " + remedy.format(name=name)
        )


@contextlib.contextmanager
def _api_errors() -> Iterator[None]:
    try:
        yield
    except ApiAway as e:
        raise AirflowException(str(e)) from e
    except (ApiRefused, catalog.CatalogError) as e:
        raise AirflowFailException(str(e)) from e


def reconcile(settings: Settings) -> DAG:
    """The DAG that checks the accounts of every dataset."""
    dag = _dag(settings, "tributary_reconcile", settings.reconcile_schedule, _RECONCILE_DOC, ["reconcile"])
    dag.params["deep"] = Param(False, type="boolean", description="Read archives and tables whole and count every coordinate.")
    with dag:

        @task
        def datasets(params: dict[str, Any]) -> list[list[str]]:
            deep = ["--deep"] if params["deep"] else []
            living = catalog.read(settings.catalog).living_datasets()
            return [["reconcile", dataset.name, *deep] for dataset in living]

        account = RunOperator.partial(
            task_id="account", map_index_template="{{ task.words[1] }}", max_active_tis_per_dag=_CHECKS_AT_ONCE
        )
        account.expand(words=datasets())
    return dag


def maintenance(settings: Settings) -> DAG:
    """The DAG that looks after the archive of every source and the table of every dataset."""
    dag = _dag(settings, "tributary_maintenance", settings.maintenance_schedule, _MAINTENANCE_DOC, ["maintenance"])
    dag.params["change"] = Param(True, type="boolean", description="Do it; without it what would be done is shown.")
    with dag:

        @task
        def sources(command: str, params: dict[str, Any]) -> list[list[str]]:
            change = ["--change"] if params["change"] else []
            living = catalog.read(settings.catalog).living_sources()
            return [[command, source.name, *change] for source in living]

        before = None
        for command in UPKEEP:
            # None waits for another's success: a retention that has to wait for a dataset fails.
            words = sources.override(task_id=f"sources_to_{command}", trigger_rule="all_done")(command)
            each = RunOperator.partial(
                task_id=command,
                map_index_template="{{ task.words[1] }}",
                max_active_tis_per_dag=_CHECKS_AT_ONCE,
            ).expand(words=words)
            if before is not None:
                before >> words
            before = each

        @task
        def tables(params: dict[str, Any]) -> list[list[str]]:
            look = [] if params["change"] else ["--dry-run"]
            living = catalog.read(settings.catalog)
            return [["maintain", *selection, *settings.maintain_options, *look, "--json"] for selection in upkeep(living, settings)]

        # A driver each, so that they stand in line with the others; they yield to those that write.
        drivers = RunOperator.partial(task_id="maintain", map_index_template="{{ task.words[2] }}", pool=settings.pool)
        drivers.expand(words=tables())
    return dag


def _batch(settings: Settings, unit: Unit, always: set[str]) -> DAG:
    phase = unit.job.phase
    cron = settings.schedule if phase == 1 else settings.phase2_schedule
    schedule: Any = CronTriggerTimetable(cron, timezone="UTC")
    outlets = [raw_asset(source) for source in unit.sources] if phase == 1 else [table_asset(d) for d in unit.datasets]
    if phase == 2:
        called_by = [raw_asset(source) for source in unit.sources if source not in always]
        if called_by:
            schedule = AssetOrTimeSchedule(timetable=schedule, assets=functools.reduce(operator.or_, called_by))
        if len(called_by) < len(unit.sources):
            # A continuous phase 1 never ends, so that it calls nobody.
            schedule = _often(settings, called_by)
    doc = (_PHASE1_DOC if phase == 1 else _PHASE2_DOC).format(name=unit.name, what=_what(unit))
    with _dag(settings, _dag_id(settings, unit), schedule, doc, [f"phase{phase}", unit.name]) as dag:
        RunOperator(
            task_id="ingest" if phase == 1 else "transform",
            words=["batch", str(phase), *unit.job.selection],
            outlets=outlets,
            pool=settings.pool,
            **_release(settings, unit.group),
        )
    return dag


def _release(settings: Settings, group: str) -> dict[str, Any]:
    """What a task's environment has of its own where its group runs another release than the others."""
    if group not in settings.next:
        return {}
    # The jars and the launcher of that release, whatever names those of the others.
    own = dict.fromkeys(("TRIBUTARY_AIRFLOW_PHASE1_JAR", "TRIBUTARY_AIRFLOW_PHASE2_JAR", "TRIBUTARY_AIRFLOW_COMMAND"), "")
    return {"env": {"TRIBUTARY_AIRFLOW_HOME": settings.next[group], **own}, "append_env": True}


def _often(settings: Settings, called_by: list[Asset]) -> Any:
    timetable = CronTriggerTimetable(settings.schedule, timezone="UTC")
    if not called_by:
        return timetable
    return AssetOrTimeSchedule(timetable=timetable, assets=functools.reduce(operator.or_, called_by))


def _continuous(settings: Settings, unit: Unit) -> DAG:
    doc = _CONTINUOUS_DOC.format(phase=unit.job.phase, name=unit.name, what=_what(unit))
    tags = [f"phase{unit.job.phase}", unit.name, "continuous"]
    # A driver that was given up stays down until a person has looked: its DAG is paused.
    with _dag(settings, _dag_id(settings, unit), "@continuous", doc, tags, max_consecutive_failed_dag_runs=1) as dag:
        RunOperator(
            task_id="supervise",
            words=["supervise", str(unit.job.phase), *unit.job.selection],
            pool=settings.pool,
            execution_timeout=settings.run_length + settings.stop_timeout + _TIMEOUT_SLACK,
            **_release(settings, unit.group),
        )
    return dag


def _dag(settings: Settings, dag_id: str, schedule: Any, doc: str, tags: list[str], **more: Any) -> DAG:
    if isinstance(schedule, str) and not schedule.startswith("@"):
        schedule = CronTriggerTimetable(schedule, timezone="UTC")
    return DAG(
        dag_id,
        schedule=schedule,
        catchup=False,
        max_active_runs=more.pop("max_active_runs", 1),
        is_paused_upon_creation=False,
        doc_md=doc,
        tags=["tributary", *tags, *settings.tags],
        default_args={
            "owner": settings.owner,
            "retries": settings.retries,
            "retry_delay": settings.retry_delay,
            "retry_exponential_backoff": 2,
            "max_retry_delay": settings.retry_cap,
            "execution_timeout": settings.timeout,
            "on_failure_callback": alerts.task_failed,
        },
        **more,
    )


def _dag_id(settings: Settings, unit: Unit) -> str:
    per = "group__" if settings.per == "group" else ""
    return f"tributary_phase{unit.job.phase}__{per}{unit.name}"


def _what(unit: Unit) -> str:
    names = unit.sources if unit.job.phase == 1 else unit.datasets
    shown = ", ".join(f"`{name}`" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


_CATALOG_DOC = """
Asks the metastore for every source and dataset and replaces the snapshot from which the other DAGs
are made. The snapshot is whole or not replaced; an empty metastore never replaces a full snapshot.
"""

_PHASE1_DOC = """
Reads Kafka into the raw archive, up to what is there when the run begins: {what}.
A run that finds no new record is skipped. Retries are harmless: the archive's log says what it holds.
See docs/airflow.md.
"""

_PHASE2_DOC = """
Writes the raw archive into Delta, up to what is there when the run begins: {what}.
Runs after phase 1 has archived something, and once a day in any case. A run that finds nothing new
is skipped. Retries are harmless: an unfinished plan is finished exactly as it was planned.
See docs/airflow.md.
"""

_CONTINUOUS_DOC = """
Keeps the phase {phase} driver `{name}` running: {what}.
It is asked for `/health` and `/metrics`, restarted when it ends, falls silent or stands still, and
given up after a number of restarts in a row; then an alert is sent and this DAG is paused. Unpause
it once the cause is removed. See docs/airflow.md.
"""

_BACKFILL_DOC = """
Writes days of the raw archive to a table again, as the form says: one driver a day of ingest (UTC).
The table's live DAG may go on meanwhile: the plan log puts the chunks of a backfill between live
batches, one plan at a time. A pool a table bounds how many drivers stand in line there. A failed try
goes on where it stopped. What each driver did is the last line of its log. See docs/airflow.md.
"""

_RECONCILE_DOC = """
Compares Kafka, the raw archive and the table of every dataset. A task fails if something is missing,
there twice or does not add up, and its error says what. Records that wait are no error.
"""

_MAINTENANCE_DOC = """
Looks after the raw archives, source by source: takes out what is older than the source's
`archive.retentionDays` once every dataset has it, makes few files of the many small ones of days that are
over, and removes the files that no entry of the manifest log names and that are older than
`TRIBUTARY_AIRFLOW_SWEEP_OLDER_THAN`. Beside it looks after the tables, by drivers of their own that do what the
datasets' `maintenance` or `TRIBUTARY_AIRFLOW_MAINTAIN_OPTIONS` says: few files of many, deletion vectors written
out, old files removed.
Drivers that write may run meanwhile. The form can ask for a look alone.
"""
