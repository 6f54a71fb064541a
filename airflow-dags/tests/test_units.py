from tributary_airflow.catalog import Catalog, Dataset, Source
from tributary_airflow.settings import Settings
from tributary_airflow.units import cut, lives, upkeep

CATALOG = Catalog(
    (Source("a", "active"), Source("b", "paused"), Source("c", "retired"), Source("lonely", "active")),
    (
        Dataset("one", "a", "sales", "active"),
        Dataset("two", "a", "audit", "paused"),
        Dataset("three", "b", "sales", "active"),
        Dataset("gone", "c", "sales", "retired"),
    ),
)


def shape(variables):
    units = cut(CATALOG, Settings({f"TRIBUTARY_AIRFLOW_{key}": value for key, value in variables.items()}))
    return {(unit.job.phase, unit.name): (unit.job.selection, unit.job.continuous, unit.sources) for unit in units}


def test_by_default_a_source_and_a_dataset_are_each_a_driver_and_retired_ones_are_none():
    assert shape({}) == {
        (1, "a"): (("--source", "a"), False, ("a",)),
        (1, "b"): (("--source", "b"), False, ("b",)),
        (1, "lonely"): (("--source", "lonely"), False, ("lonely",)),
        (2, "one"): (("--dataset", "one"), False, ("a",)),
        (2, "two"): (("--dataset", "two"), False, ("a",)),
        (2, "three"): (("--dataset", "three"), False, ("b",)),
    }


def test_a_source_is_continuous_as_soon_as_one_of_its_datasets_is():
    continuous = [key for key, (_, always, _) in shape({"CONTINUOUS": "audit"}).items() if always]
    assert continuous == [(1, "a"), (2, "two")]


def test_by_group_a_shared_source_belongs_to_one_group_alone():
    assert shape({"PER": "group"}) == {
        (1, "audit"): (("--source", "a"), False, ("a",)),
        (1, "default"): (("--source", "lonely"), False, ("lonely",)),
        (1, "sales"): (("--source", "b"), False, ("b",)),
        (2, "audit"): (("--group", "audit"), False, ("a",)),
        (2, "sales"): (("--group", "sales"), False, ("a", "b")),
    }


def test_by_group_a_continuous_group_comes_first_to_a_shared_source():
    units = shape({"PER": "group", "CONTINUOUS": "sales"})
    assert units[1, "sales"] == (("--group", "sales", "--source", "a", "--source", "b"), True, ("a", "b"))
    assert (1, "audit") not in units


def test_a_continuous_group_takes_up_new_sources_by_itself_unless_another_driver_archives_some_of_its_own():
    units = shape({"PER": "group", "CONTINUOUS": "*"})
    assert units[1, "audit"] == (("--group", "audit", "--source", "a"), True, ("a",))
    # By the group it would archive the source a, too.
    assert units[1, "sales"] == (("--source", "b"), True, ("b",))
    # A source that no dataset reads is of no group that the drivers know.
    assert units[1, "default"] == (("--source", "lonely"), True, ("lonely",))


def test_everything_can_be_continuous():
    assert all(always for _, always, _ in shape({"CONTINUOUS": "*"}).values())


def test_a_table_is_kept_in_order_by_one_driver_whichever_datasets_write_it():
    shared = Catalog((), (Dataset("one", "a", "x", "active", "s3a://t"), Dataset("two", "b", "y", "active", "s3a://t")))
    assert upkeep(shared, Settings({})) == [["--dataset", "one", "--dataset", "two"]]
    assert upkeep(CATALOG, Settings({})) == [["--dataset", "one"], ["--dataset", "two"], ["--dataset", "three"]]
    assert upkeep(CATALOG, Settings({"TRIBUTARY_AIRFLOW_PER": "group"})) == [["--group", "audit"], ["--group", "sales"]]


def test_a_driver_is_for_something_as_long_as_one_of_its_names_is_not_retired():
    assert lives(CATALOG, ("--source", "b")) and lives(CATALOG, ("--dataset", "two")) and lives(CATALOG, ("--group", "sales"))
    assert lives(CATALOG, ("--source", "c", "--source", "a")) and lives(CATALOG, ("--group", "none", "--source", "a"))
    assert not lives(CATALOG, ("--source", "c")) and not lives(CATALOG, ("--dataset", "gone"))
    assert not lives(CATALOG, ("--source", "never")) and not lives(CATALOG, ("--group", "none", "--source", "c"))
    # A name is one of its kind.
    assert not lives(CATALOG, ("--dataset", "a")) and not lives(CATALOG, ("--group", "one"))
