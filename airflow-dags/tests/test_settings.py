from datetime import timedelta

import pytest

from tributary_airflow.settings import VARIABLES, Settings, SettingsError


def test_without_variables_everything_has_its_default():
    settings = Settings({})
    assert settings.master == "local[*]"
    assert settings.timeout == timedelta(hours=2)
    assert settings.spark_submit == "spark-submit"
    assert settings.continuous == ()


def test_every_problem_is_named_at_once_and_an_unknown_variable_with_the_nearest_known_one():
    with pytest.raises(SettingsError) as error:
        Settings(
            {
                "TRIBUTARY_AIRFLOW_MASTR": "yarn",
                "TRIBUTARY_AIRFLOW_TIMEOUT": "2 hours",
                "TRIBUTARY_AIRFLOW_RETRIES": "-1",
                "TRIBUTARY_AIRFLOW_PER": "table",
                "TRIBUTARY_AIRFLOW_PHASES": "no",
                "TRIBUTARY_AIRFLOW_SCHEDULE": "hourly",
                "TRIBUTARY_AIRFLOW_NEXT": "sales",
            }
        )
    assert str(error.value).splitlines() == [
        "TRIBUTARY_AIRFLOW_MASTR is no variable of the DAGs. Did you mean TRIBUTARY_AIRFLOW_MASTER?",
        "TRIBUTARY_AIRFLOW_NEXT is 'sales', which is not allowed. Use pairs of a group and a folder: 'sales=/opt/tributary-next'.",
        "TRIBUTARY_AIRFLOW_PER is 'table', which is not allowed. Use one of dataset, group.",
        "TRIBUTARY_AIRFLOW_PHASES is 'no', which is not allowed. Use one of true, false.",
        "TRIBUTARY_AIRFLOW_SCHEDULE is 'hourly', which is not allowed. Use a cron expression of five fields,"
        " such as '*/15 * * * *'; it is read in UTC.",
        "TRIBUTARY_AIRFLOW_TIMEOUT is '2 hours', which is not allowed. Use a number and a unit: 500ms, 10s, 5m, 2h, 1d.",
        "TRIBUTARY_AIRFLOW_RETRIES is '-1', which is not allowed. Use a whole number from 0 to 999999.",
    ]


@pytest.mark.parametrize("options", ["--deploy-mode cluster", "--deploy-mode=cluster", "--conf spark.submit.deployMode=cluster"])
def test_cluster_mode_is_refused_with_the_reason(options):
    with pytest.raises(SettingsError, match="client mode: in cluster mode neither their exit code"):
        Settings({"TRIBUTARY_AIRFLOW_SUBMIT_OPTIONS": options})


def test_what_the_dags_give_themselves_is_refused():
    with pytest.raises(SettingsError, match="--master is given by a variable of its own"):
        Settings({"TRIBUTARY_AIRFLOW_SUBMIT_OPTIONS": "--master yarn"})
    with pytest.raises(SettingsError, match="--dataset, --dry-run, --metrics.host is given by the DAGs"):
        Settings({"TRIBUTARY_AIRFLOW_MAINTAIN_OPTIONS": "--optimize --dry-run --dataset=a --metrics.host 0.0.0.0"})
    with pytest.raises(SettingsError, match="--run-id, --trigger is given by the DAGs"):
        Settings({"TRIBUTARY_AIRFLOW_DRIVER_OPTIONS": "--trigger 1s --run-id=a"})


@pytest.mark.parametrize("options", ["--metrics.host 10.1.2.3", "--log.format json --metrics.host=::1", "--metrics.host"])
def test_an_address_at_which_drivers_are_not_asked_is_refused(options):
    with pytest.raises(SettingsError) as error:
        Settings({"TRIBUTARY_AIRFLOW_DRIVER_OPTIONS": options})
    assert str(error.value) == (
        f"TRIBUTARY_AIRFLOW_DRIVER_OPTIONS is '{options}', which is not allowed. The DAGs ask the drivers at 127.0.0.1 how they"
        " are: --metrics.host may be 127.0.0.1 or 0.0.0.0 and nothing else. Leave it out for 127.0.0.1."
    )


def test_a_driver_is_told_to_leave_before_the_task_times_out():
    assert Settings({}).max_duration == timedelta(minutes=113)
    assert Settings({"TRIBUTARY_AIRFLOW_TIMEOUT": "4m"}).max_duration == timedelta(minutes=2)


def test_the_documentation_lists_every_variable_with_its_default():
    from conftest import MODULE

    page = (MODULE.parent / "docs" / "airflow.md").read_text()
    for variable in VARIABLES:
        default = "the checkout that holds the DAGs" if variable.key == "HOME" else variable.default
        shown = f"`{default}`" if default and variable.key != "HOME" else default
        row = f"| `{variable.name}` | {shown} | {variable.doc} |"
        assert row in page, f"docs/airflow.md lacks the line\n{row}"
