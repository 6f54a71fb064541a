from datetime import date

import pytest

from tributary_airflow import backfill_form
from tributary_airflow.catalog import Catalog, Dataset

CATALOG = Catalog((), (Dataset("orders", "orders", "default", "active", "s3a://lake/orders"), Dataset("gone", "orders", "default", "retired")))
GIVEN = {"dataset": "orders", "from_date": "2026-02-27", "to_date": "2026-03-01", "mode": "fill", "version": None, "dry_run": False}


def test_both_days_belong_to_the_backfill_and_each_has_a_name_of_its_own():
    form = backfill_form.read(GIVEN, CATALOG)
    assert form.days() == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
    first, *_, last = form.selections("manual__2026-03-02T10:00:00+00:00 né")
    assert first == [
        "--dataset", "orders", "--mode", "fill", "--from-date", "2026-02-27", "--to-date", "2026-02-27",
        "--id", "manual__2026-03-02T10:00:00+00:00_n_.2026-02-27",
    ]  # fmt: skip
    assert last[-1].endswith(".2026-03-01")


def test_a_version_and_a_dry_run_are_handed_on():
    form = backfill_form.read(GIVEN | {"version": 4, "dry_run": True}, CATALOG)
    assert form.selections("r")[0][-3:] == ["--version", "4", "--dry-run"]


def test_a_long_run_id_leaves_room_for_the_day():
    assert len(backfill_form.read(GIVEN, CATALOG).selections("x" * 250)[0][-1]) == 191


def test_every_problem_is_named_at_once():
    with pytest.raises(backfill_form.FormError) as error:
        backfill_form.read({"dataset": "gone", "from_date": "20260301", "to_date": "yesterday", "mode": "merge", "version": 0}, CATALOG)
    assert str(error.value).splitlines() == [
        "There is no dataset 'gone' in the catalog's snapshot, or it is retired. Correct the name, or run"
        " tributary_catalog_sync if it was registered just now.",
        "from_date is '20260301', which is no day. Use a form like 2026-11-21; days are in UTC.",
        "to_date is 'yesterday', which is no day. Use a form like 2026-11-21; days are in UTC.",
        "mode is 'merge'. Use one of fill, replace.",
        "version is '0'. Use the number of a version of the dataset, or leave it empty for the one in force.",
    ]


def test_a_run_takes_no_more_days_than_airflow_maps():
    with pytest.raises(backfill_form.FormError, match="are 1001 days; one run takes at most 1000. Run it in parts."):
        backfill_form.read(GIVEN | {"from_date": "2023-01-01", "to_date": "2025-09-27"}, CATALOG)
    assert len(backfill_form.read(GIVEN | {"from_date": "2023-01-01", "to_date": "2025-09-26"}, CATALOG).days()) == 1000
