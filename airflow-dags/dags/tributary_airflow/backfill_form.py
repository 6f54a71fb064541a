"""What the form of a backfill asks for, and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .catalog import Catalog, Dataset

MODES = ("fill", "replace")
# Airflow's own bound of what one task is mapped over is 1024.
MOST_DAYS = 1000


class FormError(ValueError):
    """The form cannot be carried out; the message names every problem."""


@dataclass(frozen=True)
class Form:
    """A backfill that was asked for: of days of ingest, in UTC, both ends among them."""

    dataset: Dataset
    first: date
    last: date
    mode: str
    version: int | None
    dry_run: bool

    def days(self) -> list[date]:
        """In their order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def selections(self, run_id: str) -> list[list[str]]:
        """The flags of one driver a day. Its id is the DAG run's and the day's: a try after a failed one
        goes on where that one stopped, a new run of the DAG begins anew."""
        more = ([] if self.version is None else ["--version", str(self.version)]) + (["--dry-run"] if self.dry_run else [])
        name = re.sub(r"[^A-Za-z0-9._:+@-]", "_", run_id)[-180:]
        return [
            [
                "--dataset", self.dataset.name, "--mode", self.mode,
                "--from-date", day.isoformat(), "--to-date", day.isoformat(),
                "--id", f"{name}.{day.isoformat()}", *more,
            ]
            for day in self.days()
        ]  # fmt: skip


def read(params: Mapping[str, Any], catalog: Catalog) -> Form:
    """Reads the form. FormError names all that is wrong with it at once."""
    problems = []
    living = {dataset.name: dataset for dataset in catalog.living_datasets()}
    dataset = living.get(str(params["dataset"]))
    if dataset is None:
        problems.append(
            f"There is no dataset '{params['dataset']}' in the catalog's snapshot, or it is retired. Correct the name, or"
            " run tributary_catalog_sync if it was registered just now."
        )
    first = _day("from_date", params["from_date"], problems)
    last = _day("to_date", params["to_date"], problems)
    if first and last and last < first:
        problems.append(f"from_date {first} is after to_date {last}. Both days belong to the backfill; exchange them.")
    elif first and last and (last - first).days >= MOST_DAYS:
        problems.append(
            f"From {first} to {last} are {(last - first).days + 1} days; one run takes at most {MOST_DAYS}. Run it in parts."
        )
    mode = str(params["mode"])
    if mode not in MODES:
        problems.append(f"mode is '{mode}'. Use one of {', '.join(MODES)}.")
    version = params.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 1):
        problems.append(f"version is '{version}'. Use the number of a version of the dataset, or leave it empty for the one in force.")
    if problems:
        raise FormError("\n".join(problems))
    assert dataset is not None and first is not None and last is not None
    return Form(dataset, first, last, mode, version, bool(params.get("dry_run")))


def _day(name: str, given: Any, problems: list[str]) -> date | None:
    try:
        # Python 3.11 reads more forms than this one.
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(given)):
            raise ValueError
        return date.fromisoformat(str(given))
    except ValueError:
        problems.append(f"{name} is '{given}', which is no day. Use a form like 2026-11-21; days are in UTC.")
        return None
