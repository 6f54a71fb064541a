"""The DAG that takes the catalog's snapshot. A file of its own, because a snapshot that cannot be read
must not take away the DAG that mends it."""

from tributary_airflow import settings
from tributary_airflow.pipelines import catalog_sync

tributary_catalog_sync = catalog_sync(settings.of_process())
