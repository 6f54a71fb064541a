"""Which drivers there are: the cut of a catalog into phase 1 and phase 2 jobs."""

from __future__ import annotations

from dataclasses import dataclass

from .catalog import Catalog, Dataset
from .settings import Settings
from .submit import Job


@dataclass(frozen=True)
class Unit:
    """One driver: its name, its job, the sources whose archives it writes (phase 1) or reads (phase 2),
    and the datasets that it makes (phase 2)."""

    name: str
    job: Job
    sources: tuple[str, ...]
    datasets: tuple[str, ...] = ()


def cut(catalog: Catalog, settings: Settings) -> list[Unit]:
    """Every living source is in exactly one phase 1 unit, every living dataset in exactly one of phase 2."""
    return _by_group(catalog, settings) if settings.per == "group" else _by_dataset(catalog, settings)


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
        units.append(Unit(source, Job(1, ("--source", source), always), (source,)))
    for dataset in catalog.living_datasets():
        job = Job(2, ("--dataset", dataset.name), _continuous(settings, dataset.group))
        units.append(Unit(dataset.name, job, (dataset.source,), (dataset.name,)))
    return units


def _by_group(catalog: Catalog, settings: Settings) -> list[Unit]:
    owned: dict[str, list[str]] = {}
    for source, readers in _readers(catalog).items():
        # A source that several groups read belongs to one: a continuous one if there is any.
        groups = sorted({dataset.group for dataset in readers} or {"default"})
        owner = next((group for group in groups if _continuous(settings, group)), groups[0])
        owned.setdefault(owner, []).append(source)
    units = []
    for group, sources in sorted(owned.items()):
        selection = tuple(word for source in sources for word in ("--source", source))
        units.append(Unit(group, Job(1, selection, _continuous(settings, group)), tuple(sources)))
    members: dict[str, list[Dataset]] = {}
    for dataset in catalog.living_datasets():
        members.setdefault(dataset.group, []).append(dataset)
    for group, datasets in sorted(members.items()):
        sources = tuple(sorted({dataset.source for dataset in datasets}))
        job = Job(2, ("--group", group), _continuous(settings, group))
        units.append(Unit(group, job, sources, tuple(dataset.name for dataset in datasets)))
    return units
