"""Which drivers there are: the cut of a catalog into phase 1 and phase 2 jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .catalog import Catalog, Dataset
from .settings import Settings
from .submit import Job


@dataclass(frozen=True)
class Unit:
    """One driver: its name, its job, the sources whose archives it writes (phase 1) or reads (phase 2),
    the datasets that it makes (phase 2), and the group that it works for; none if it works for several."""

    name: str
    job: Job
    sources: tuple[str, ...]
    datasets: tuple[str, ...] = ()
    group: str = ""


def cut(catalog: Catalog, settings: Settings) -> list[Unit]:
    """Every living source is in exactly one phase 1 unit, every living dataset in exactly one of phase 2."""
    return _by_group(catalog, settings) if settings.per == "group" else _by_dataset(catalog, settings)


def upkeep(catalog: Catalog, settings: Settings) -> list[list[str]]:
    """The selections of the drivers that keep tables in order: one a table, whichever datasets write into it,
    or one a group. Every living dataset's table is in one of them."""
    living = catalog.living_datasets()
    if settings.per == "group":
        return [["--group", group] for group in sorted({dataset.group for dataset in living})]
    tables: dict[str, list[str]] = {}
    for dataset in living:
        tables.setdefault(dataset.table or dataset.name, []).append(dataset.name)
    return [[word for name in names for word in ("--dataset", name)] for names in tables.values()]


def lives(catalog: Catalog, selection: Sequence[str]) -> bool:
    """Whether any of the sources, datasets and groups that a driver was given is there and not retired; of a group
    one dataset."""
    living = {("--source", source.name) for source in catalog.living_sources()}
    for dataset in catalog.living_datasets():
        living |= {("--dataset", dataset.name), ("--group", dataset.group)}
    return not living.isdisjoint(zip(selection[::2], selection[1::2]))


def _continuous(settings: Settings, group: str) -> bool:
    return group in settings.continuous or "*" in settings.continuous


def _readers(catalog: Catalog) -> dict[str, list[Dataset]]:
    readers: dict[str, list[Dataset]] = {source.name: [] for source in catalog.living_sources()}
    for dataset in catalog.living_datasets():
        readers.setdefault(dataset.source, []).append(dataset)
    return readers


def _by_dataset(catalog: Catalog, settings: Settings) -> list[Unit]:
    units = []
    for source, readers in _readers(catalog).items():
        # One reader that is to be fresh makes its source so.
        always = any(_continuous(settings, dataset.group) for dataset in readers) or "*" in settings.continuous
        groups = {dataset.group for dataset in readers}
        group = groups.pop() if len(groups) == 1 else ""
        units.append(Unit(source, Job(1, ("--source", source), always), (source,), group=group))
    for dataset in catalog.living_datasets():
        job = Job(2, ("--dataset", dataset.name), _continuous(settings, dataset.group))
        units.append(Unit(dataset.name, job, (dataset.source,), (dataset.name,), dataset.group))
    return units


def _by_group(catalog: Catalog, settings: Settings) -> list[Unit]:
    owned: dict[str, list[str]] = {}
    readers = _readers(catalog)
    for source, datasets in readers.items():
        # A source that several groups read belongs to one: a continuous one if there is any.
        groups = sorted({dataset.group for dataset in datasets} or {"default"})
        owner = next((group for group in groups if _continuous(settings, group)), groups[0])
        owned.setdefault(owner, []).append(source)
    units = []
    for group, sources in sorted(owned.items()):
        selection = tuple(word for source in sources for word in ("--source", source))
        reads = {dataset.source for dataset in catalog.living_datasets() if dataset.group == group}
        if _continuous(settings, group) and reads and reads.issubset(sources):
            # A driver that runs for long takes up itself what is registered meanwhile. Where it would also
            # read what another one archives, a new source waits for its next run.
            selection = ("--group", group, *selection)
        # What others read too is not for one group to try out.
        alone = all(dataset.group == group for source in sources for dataset in readers[source])
        job = Job(1, selection, _continuous(settings, group))
        units.append(Unit(group, job, tuple(sources), group=group if alone else ""))
    members: dict[str, list[Dataset]] = {}
    for dataset in catalog.living_datasets():
        members.setdefault(dataset.group, []).append(dataset)
    for group, datasets in sorted(members.items()):
        sources = tuple(sorted({dataset.source for dataset in datasets}))
        job = Job(2, ("--group", group), _continuous(settings, group))
        units.append(Unit(group, job, sources, tuple(dataset.name for dataset in datasets), group))
    return units
