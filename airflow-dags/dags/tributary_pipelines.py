"""The DAGs of every source and dataset in the catalog's snapshot, and those that look after them.
Reads one local file and no network."""

from tributary_airflow import catalog, settings
from tributary_airflow.pipelines import pipelines

_SETTINGS = settings.of_process()

for dag in pipelines(_SETTINGS, catalog.read(_SETTINGS.catalog)):
    globals()[dag.dag_id] = dag
