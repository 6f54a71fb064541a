"""What the files of deploy say of each other and of the product."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import yaml
from outside import dockerfile as instructions

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/tributary"
# Prometheus' own, and those that it makes of a summary.
FOREIGN = {"up", "time", "vector"}


def exported() -> set[str]:
    """The names that the product's two text formats hold."""
    text = (ROOT / "streaming/src/main/java/dev/tributary/streaming/PrometheusText.java").read_text()
    counters = {f"tributary_pipeline_{name}_total" for name in re.findall(r'counter\(\s*"(\w+)"', text)}
    gauges = {f"tributary_pipeline_{name}" for name in re.findall(r'gauge\(\s*"(\w+)"', text)}
    whole = set(re.findall(r'"(tributary_pipeline_\w+)";', text))
    metastore = "".join(path.read_text() for path in (ROOT / "metastore/src/main/java/dev/tributary/metastore/api").glob("*.java"))
    types = re.findall(r"# TYPE (tributary_metastore_\w+) (\w+)", metastore)
    summaries = {f"{name}{suffix}" for name, kind in types if kind == "summary" for suffix in ("_sum", "_count")}
    return counters | gauges | whole | summaries | {name for name, _ in types}


def metrics(expression: str) -> set[str]:
    return set(re.findall(r"\btributary_\w+", expression))


def dashboard() -> dict:
    return json.loads((CHART / "files/tributary.json").read_text())


def test_the_product_exports_what_is_counted_on():
    assert len(exported()) >= 14
    assert "tributary_pipeline_lag_seconds" in exported()


def test_every_query_of_the_dashboard_names_metrics_that_there_are():
    queries = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    queries += [variable["definition"] for variable in dashboard()["templating"]["list"] if "definition" in variable]
    assert len(queries) > 15
    for query in queries:
        assert metrics(query), query
        assert metrics(query) <= exported(), query


def test_every_alert_names_metrics_that_there_are_and_says_what_to_do():
    rules = yaml.safe_load((CHART / "files/rules.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert metrics(rule["expr"]) <= exported(), rule["alert"]
        assert {"summary", "remedy"} <= set(rule["annotations"])
        assert rule["labels"]["severity"] in ("warning", "critical")
    tested = yaml.safe_load((ROOT / "deploy/prometheus/rules_test.yml").read_text())["tests"][0]["alert_rule_test"]
    assert {rule["alert"] for rule in rules} == {test["alertname"] for test in tested}


def test_every_metric_is_documented():
    text = "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    assert {name for name in exported() if name not in text} == set()


def test_panels_do_not_overlap_and_fit():
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells


def test_images_are_pinned_and_the_defaults_of_the_dockerfile_are_those_of_the_env_file():
    given = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#")
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    for name, value in re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", dockerfile, re.MULTILINE):
        assert given[name] == value
    images = {name: value for name, value in given.items() if name.endswith("_IMAGE")}
    assert len(images) == 9
    for name, value in images.items():
        assert re.fullmatch(r"[a-z./-]+:v?\d+\.\d+[\w.-]*", value), f"{name} is not pinned"
    version = re.search(r"<version>(\S+)</version>", (ROOT / "pom.xml").read_text())[1]
    assert given["TRIBUTARY_VERSION"] == version == yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]


def test_every_variable_of_the_compose_file_is_in_the_env_file_and_no_other():
    given = {line.split("=", 1)[0] for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"}
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert used == given


def test_the_workers_have_cores_for_all_drivers_that_may_hold_one_another_up():
    text = (ROOT / ".env.example").read_text()
    given = dict(line.split("=", 1) for line in text.splitlines() if line and line[0] != "#")
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    workers = [service for name, service in services.items() if name.startswith("spark-worker-")]
    assert {worker["environment"]["SPARK_WORKER_CORES"] for worker in workers} == {"${SPARK_WORKER_CORES}"}
    cores = len(workers) * int(given["SPARK_WORKER_CORES"])

    def bound(options: str) -> int:
        return int(given[re.search(r"spark.cores.max=\$\{(\w+)}", options)[1]])

    airflow = services["airflow-scheduler"]["environment"]
    each = bound(airflow["TRIBUTARY_AIRFLOW_SUBMIT_OPTIONS"])
    # With the API's address backfills have pools of their own, of one driver a table.
    assert airflow["TRIBUTARY_AIRFLOW_API_URL"] and "TRIBUTARY_AIRFLOW_BACKFILLS_PER_TABLE" not in airflow
    assert "two\n# tables at once in either case" in text
    backfills = 2 * each
    assert cores >= int(given["AIRFLOW_DRIVERS_AT_ONCE"]) * each + backfills
    # Those that run all the time hold their cores for ever.
    always = [s["environment"]["SPARK_SUBMIT_OPTIONS"] for s in services.values() if s.get("profiles") == ["drivers"]]
    assert len(always) == 2
    assert cores >= sum(map(bound, always)) + backfills


def test_the_workers_have_memory_for_as_many_executors_as_they_have_cores():
    given = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#")
    mebibytes = {name: int(given[name].removesuffix("g")) * 1024 for name in ("SPARK_WORKER_MEMORY", "SPARK_EXECUTOR_MEMORY")}
    executors = int(given["SPARK_WORKER_CORES"])
    assert given["SPARK_CORES_MAX"] == given["SPARK_DRIVERS_CORES_MAX"] == "1"
    assert mebibytes["SPARK_WORKER_MEMORY"] >= executors * (mebibytes["SPARK_EXECUTOR_MEMORY"] + 400)


def test_the_specs_that_drivers_start_with_outlive_their_containers():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    image = re.search(r"AS jobs\n(.*?)^FROM", (ROOT / "deploy/docker/Dockerfile").read_text(), re.DOTALL | re.MULTILINE)[1]
    for name in ("phase1", "phase2"):
        command = services[name]["command"]
        cache = command[command.index("--metastore.cache") + 1]
        assert f"specs:{cache}" in services[name]["volumes"]
        # A new volume belongs to whom the image says.
        assert f"install -d -o 185 -g 0 -m 0770 {cache}" in image and "USER 185:0" in image


def test_the_specs_that_airflow_s_drivers_start_with_outlive_their_container():
    sys.path.append(str(ROOT / "airflow-dags/dags"))
    from tributary_airflow import submit

    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    image = (ROOT / "deploy/docker/Dockerfile").read_text().split(" AS airflow\n")[1]
    # It runs the drivers.
    service = compose["services"]["airflow-scheduler"]
    cache = submit.environment(service["environment"])["TRIBUTARY_METASTORE_CACHE"]
    [volume] = [v.split(":")[0] for v in service["volumes"] if v.split(":")[1:] == [cache]]
    assert volume in compose["volumes"]
    # What the drivers of the other image keep is not for this one's user to read.
    assert volume not in {v.split(":")[0] for name in ("phase1", "phase2") for v in compose["services"][name]["volumes"]}
    [made] = re.findall(r"install -d -o 50000 -g 0 -m 0775 (.+?)[ \\]*$", image, re.MULTILINE)
    assert cache in made.split() and "USER 50000:0" in image


def test_the_operator_s_token_is_in_reach_of_those_alone_who_make_it_and_need_it():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    reach = {name for name, service in services.items() if any(str(v).startswith("operator-token:") for v in service.get("volumes", []))}
    assert reach == {"tokens", "datasets"}
    [made] = [word for word in services["tokens"]["command"] if word.endswith("=admin")]
    assert services["datasets"]["environment"]["TRIBUTARY_METASTORE_TOKEN"] == "file:" + made.removesuffix("=admin")
    assert "operator-token:" + str(Path(made).parent) in services["tokens"]["volumes"]


def test_the_dags_of_the_compose_file_have_variables_that_there_are_and_know_airflow_s_api():
    sys.path.append(str(ROOT / "airflow-dags/dags"))
    from tributary_airflow.settings import Settings

    given = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#")
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    airflow = {name: service for name, service in services.items() if service.get("image", "").startswith("tributary/airflow")}
    assert len(airflow) == 5
    for name, service in airflow.items():
        settings = Settings(service["environment"] | {"TRIBUTARY_AIRFLOW_PHASES": given["AIRFLOW_PHASES"]})
        assert settings.phases, name
        assert settings.alert_url == "${AIRFLOW_ALERT_URL}" and given["AIRFLOW_ALERT_URL"] == "", name
        # Without it nobody makes a pool a table.
        assert settings.api_url == "http://airflow-api-server:8080", name
        assert (settings.api_user, settings.api_password[:24]) == ("admin", "${AIRFLOW_ADMIN_PASSWORD"), name
    assert "airflow-api-server" in airflow


def test_no_container_of_our_images_or_spark_s_has_capabilities():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: each for name, each in services.items() if each["image"].startswith(("tributary/", "${SPARK_IMAGE"))}
    assert len(ours) == 13
    assert {name for name, each in ours.items() if each.get("cap_drop") != ["ALL"]} == set()
    assert {name for name, each in services.items() if "no-new-privileges:true" not in each["security_opt"]} == set()


def test_the_metastore_reads_jars_from_the_store_by_the_store_s_keys():
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["metastore"]
    assert "--transforms.read-from=s3a://${BUCKET}/jars/" in service["command"]
    compose = set(service["environment"])

    def variables(values):
        pod = next(d for d in rendered(values) if d["kind"] == "Deployment")["spec"]["template"]["spec"]
        return {each["name"]: each for each in pod["containers"][0].get("env", [])}

    chart = variables("kubeflow")
    assert set(chart) == compose - {"AWS_REGION"}
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert chart[key]["valueFrom"]["secretKeyRef"] == {"name": "s3", "key": key}
    assert variables("values") == variables("production") == {}


def test_the_versions_are_those_of_the_build():
    properties = dict(re.findall(r"<([a-z.]+version)>([^<]+)<", (ROOT / "pom.xml").read_text()))
    env = (ROOT / ".env.example").read_text()
    assert f"SPARK_IMAGE=apache/spark:{properties['spark.version']}-scala{properties['scala.binary.version']}-java17" in env
    assert f"KAFKA_IMAGE=apache/kafka:{properties['kafka.server.version']}" in env
    lock = (ROOT / "airflow-dags/requirements.lock").read_text()
    assert f"AIRFLOW_IMAGE=apache/airflow:{re.search(r'^apache-airflow==([0-9.]+)', lock, re.MULTILINE)[1]}-python" in env
    applications = (CHART / "templates/applications.yaml").read_text()
    assert set(re.findall(r'sparkVersion: "(.+)"', applications)) == {properties["spark.version"]}


def rendered(name: str) -> list[dict]:
    path = Path(os.environ.get("HELM_RENDERED", "")) / f"rendered-{name}.yaml"
    if not path.is_file():
        pytest.skip("helm rendered nothing: deploy/check says why")
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def driver_port(spec: dict) -> int:
    """The port that the probes of a SparkApplication's driver ask."""
    template = spec["driverSpec"]["podTemplateSpec"] if "driverSpec" in spec else spec["driver"]["template"]
    [container] = template["spec"]["containers"]
    [port] = container["ports"]
    assert {container[probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")} == {port["name"]}
    return port["containerPort"]


@pytest.mark.parametrize(("values", "port"), [("values", 9101), ("kubeflow", 9200)])
def test_a_driver_listens_where_its_probes_ask_whatever_its_image_says(values, port):
    documents = rendered(values)
    specs = [d["spec"] for d in documents if d["kind"] == "SparkApplication"]
    assert "TRIBUTARY_METRICS_PORT=9101" in instructions()["jobs ENV"]
    for spec in specs:
        arguments = spec.get("driverArgs") or spec["arguments"]
        # A flag beats the image's variable, and that the settings file.
        assert arguments[arguments.index("--metrics.port") + 1] == str(driver_port(spec)) == str(port)
    [service] = [d["spec"] for d in documents if d["kind"] == "Service" and d["metadata"]["name"].endswith("-driver")]
    assert service["ports"] == [{"name": "metrics", "port": port, "targetPort": "metrics", "protocol": "TCP"}]


@pytest.mark.parametrize("values", ["values", "production", "kubeflow", "selections"])
@pytest.mark.parametrize("phase", [1, 2])
def test_the_drivers_take_the_settings_and_arguments_of_the_chart(values, phase, tmp_path):
    jars = list((ROOT / f"phase{phase}-{'raw' if phase == 1 else 'lakehouse'}/target").glob("*-all.jar"))
    if not jars:
        pytest.skip("nothing is built: mvn -DskipTests package")
    documents = rendered(values)
    settings = next(d["data"] for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"] == "tributary-drivers")
    (tmp_path / f"phase{phase}.yaml").write_text(settings[f"phase{phase}.yaml"])
    found = 0
    for application in (d for d in documents if d["kind"] == "SparkApplication"):
        spec = application["spec"]
        if f"phase{phase}" not in spec["mainClass"]:
            continue
        arguments = [word.replace("/etc/tributary", str(tmp_path)) for word in spec.get("driverArgs") or spec["arguments"]]
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{jars[0]}:{ROOT}/local-stack/spark-runtime/target/lib/*", spec["mainClass"]]
        image = dict(pair.split("=", 1) for pair in instructions()["jobs ENV"] if pair.startswith("TRIBUTARY_"))
        done = subprocess.run([*command, *arguments, "--show-config"], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **image})
        assert done.returncode == 0, done.stdout + done.stderr
        assert "metastore.data.svc:8090" in done.stdout
        # Where its probes ask it.
        assert re.search(rf"^metrics\.port = {driver_port(spec)} ", done.stdout, re.MULTILINE), done.stdout
        found += 1
    assert found


@functools.cache
def templated(*flags: str, release: str = "tributary") -> list[dict]:
    if not shutil.which("helm"):
        pytest.skip("there is no helm")
    command = ["helm", "template", release, str(CHART), "--kube-version", "1.34.0", "--namespace", "data", *flags]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [document for document in yaml.safe_load_all(text) if document]


def applications(documents: list[dict]) -> dict[str, dict]:
    return {d["metadata"]["labels"]["tributary.dev/application"]: d for d in documents if d["kind"] == "SparkApplication"}


def phases(**changed: dict) -> list[str]:
    """Both applications of the defaults, with changes of one of them."""
    both = [{"name": f"phase{n}", "phase": n, "select": {"all": True}, "trigger": "10s"} for n in (1, 2)]
    return ["--set-json", "applications=" + json.dumps([each | changed.get(each["name"], {}) for each in both])]


# Flags of an upgrade, and the applications whose drivers have to be started anew for them.
UPGRADES = [
    (["--set", "images.jobs.tag=0.2.0"], {"phase1", "phase2"}),
    (phases(phase2={"tag": "0.2.0"}), {"phase2"}),
    (phases(phase1={"trigger": "30s"}), {"phase1"}),
    (phases(), set()),
    (["--set-json", 'drivers.sparkConf={"spark.sql.shuffle.partitions":"8"}'], {"phase1", "phase2"}),
    # What stands in the settings files alone.
    (["--set", "drivers.settings.phase2.alive.timeout=90s"], {"phase2"}),
    (["--set", "drivers.settings.common.retry.cap=5m"], {"phase1", "phase2"}),
    (["--set", "metastore.port=8443"], {"phase1", "phase2"}),
    (["--set", "store.endpoint=http://s3.example.org"], {"phase1", "phase2"}),
    (["--set", "metastore.tlsSecret=tls"], {"phase1", "phase2"}),
    # What is no driver's.
    (["--set", "metastore.backup.keep=2,monitoring.dashboard.enabled=true,images.metastore.tag=0.2.0"], set()),
]


@pytest.mark.parametrize(("flags", "anew"), UPGRADES)
@pytest.mark.parametrize("operator", ["apache", "kubeflow"])
def test_an_upgrade_starts_those_drivers_anew_that_it_changes_and_no_others(operator, flags, anew):
    common = ["--set", f"drivers.operator={operator}"]
    before, after = applications(templated(*common)), applications(templated(*common, *flags))
    assert set(before) == set(after) == {"phase1", "phase2"}
    changed = {name for name in before if before[name]["spec"] != after[name]["spec"]}
    renamed = {name for name in before if before[name]["metadata"]["name"] != after[name]["metadata"]["name"]}
    assert changed == anew
    # Apache's operator leaves a driver that runs as it is; Kubeflow's starts it anew.
    assert renamed == (anew if operator == "apache" else set())


def test_what_finds_drivers_and_executors_finds_those_of_the_changed_application_too():
    flags = ["--set", "monitoring.serviceMonitor.enabled=true,monitoring.prometheusRule.enabled=true"]
    before, after = templated(*flags), templated(*flags, "--set", "drivers.settings.common.retry.cap=5m")

    def others(documents):
        return [d for d in documents if d["kind"] != "SparkApplication" and d["metadata"]["name"] != "tributary-drivers"]

    assert others(before) == others(after) and len(others(before)) + 3 == len(before)
    budgets = {d["metadata"]["name"]: d["spec"]["selector"]["matchLabels"] for d in before if d["kind"] == "PodDisruptionBudget"}
    for documents in (before, after):
        for name, application in applications(documents).items():
            labels = {
                key.removeprefix("spark.kubernetes.executor.label."): value
                for key, value in application["spec"]["sparkConf"].items()
                if key.startswith("spark.kubernetes.executor.label.")
            }
            assert labels == budgets[f"tributary-executor-{name}"]


def test_the_name_of_an_application_fits_into_a_label_and_is_its_own():
    longest = "r" * 53
    made = [{"name": "phase1-" + "x" * 12 + n, "phase": 1, "select": {"sources": [n]}, "trigger": "10s"} for n in "ab"]
    flags = ["--set-json", f"applications={json.dumps(made)}"]
    names = [d["metadata"]["name"] for d in applications(templated(*flags, release=longest)).values()]
    assert len(set(names)) == 2
    for name, ending in zip(names, "ab", strict=True):
        assert re.fullmatch(rf"r{{33}}-phase1-x{{12}}{ending}-[0-9a-f]{{8}}", name) and len(name) == 63
    others = [d["metadata"]["name"] for d in applications(templated(*flags, release="r" * 52 + "s")).values()]
    assert not {*names} & {*others}


def test_a_driver_whose_application_is_removed_is_told_to_go_and_not_killed():
    for application in applications(rendered("production")).values():
        tolerations = application["spec"]["applicationTolerations"]
        years = tolerations["applicationTimeoutConfig"]["forceTerminationGracePeriodMillis"] / (365 * 86_400_000)
        assert years >= 1
        assert application["spec"]["driverSpec"]["podTemplateSpec"]["spec"]["terminationGracePeriodSeconds"] == 330


@pytest.mark.parametrize("values", ["values", "production", "kubeflow", "small", "selections"])
def test_names_that_the_chart_refers_to_are_there(values):
    documents = rendered(values)
    names = {(document["kind"], document["metadata"]["name"]) for document in documents}
    assert len(names) == len(documents), "a name twice"
    text = json.dumps(documents)
    for kind, field in (("ConfigMap", r'"configMap": {"name": "([^"]+)"'), ("PersistentVolumeClaim", r'"claimName": "([^"]+)"'),
                        ("ServiceAccount", r'"serviceAccountName": "([^"]+)"'), ("ServiceAccount", r'serviceAccountName": "([^"]+)"')):  # fmt: skip
        for name in re.findall(field, text):
            given = {("small", "tributary-metastore"), ("production", "tributary-specs")} if kind == "PersistentVolumeClaim" else ()
            assert (kind, name) in names or (values, name) in given, f"{kind} {name}"


def test_a_driver_of_the_chart_keeps_its_specs_where_its_successor_finds_them_if_there_is_a_claim():
    for values, cache in (("production", "/var/lib/tributary/specs"), ("values", "/tmp/specs")):
        documents = rendered(values)
        settings = next(d["data"] for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"] == "tributary-drivers")
        assert {yaml.safe_load(settings[name])["metastore"]["cache"] for name in settings} == {cache}
        for application in (d for d in documents if d["kind"] == "SparkApplication"):
            pod = application["spec"]["driverSpec"]["podTemplateSpec"]["spec"]
            mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
            claims = {v["name"]: v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v}
            assert (mounts.get("specs"), claims.get("specs")) == ((cache, "tributary-specs") if values == "production" else (None, None))


def mounted_secrets(pod: dict) -> dict[str, tuple]:
    """Where a pod's only container sees which Secret, and which keys of it."""
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    secrets = {volume["name"]: volume["secret"] for volume in pod["volumes"] if "secret" in volume}
    return {mounts[name]: (s["secretName"], [i["key"] for i in s.get("items", [])]) for name, s in secrets.items()}


def test_who_calls_a_metastore_whose_certificate_is_of_an_authority_of_its_own_trusts_that_authority():
    documents = rendered("production")
    service = next(d for d in documents if d["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert any("--tls.keystore" in word for word in service["args"])
    settings = next(d["data"] for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"] == "tributary-drivers")
    file = "/run/tributary-authority/ca.crt"
    for name in settings:
        assert yaml.safe_load(settings[name])["metastore"]["url"].startswith("https://")
        assert yaml.safe_load(settings[name])["metastore"]["ca"] == file
    pods = [d["spec"]["driverSpec"]["podTemplateSpec"]["spec"] for d in documents if d["kind"] == "SparkApplication"]
    [job] = [d["spec"]["template"]["spec"] for d in documents if d["kind"] == "Job"]
    assert {"name": "TRIBUTARY_METASTORE_CA", "value": file} in job["containers"][0]["env"]
    assert len(pods) == 3
    for pod in [*pods, job]:
        assert mounted_secrets(pod)[str(Path(file).parent)] == ("metastore-ca", ["ca.crt"])
    [monitor] = [d for d in documents if d["kind"] == "ServiceMonitor" and d["metadata"]["name"] == "tributary-metastore"]
    assert monitor["spec"]["endpoints"][0]["tlsConfig"]["ca"]["secret"] == {"name": "metastore-ca", "key": "ca.crt"}
    assert "tributary-authority" not in json.dumps(rendered("values"))


def test_the_backup_runs_where_the_metastore_does_and_its_image_is_pulled_as_the_metastore_s_is():
    documents = rendered("production")
    service = next(d for d in documents if d["kind"] == "Deployment")["spec"]["template"]["spec"]
    [backup] = [d["spec"]["jobTemplate"]["spec"]["template"]["spec"] for d in documents if d["kind"] == "CronJob"]
    assert service["imagePullSecrets"] == [{"name": "registry"}]
    assert service["nodeSelector"] == {"pool": "services"} and service["tolerations"][0]["key"] == "services"
    for field in ("imagePullSecrets", "nodeSelector", "tolerations", "securityContext", "serviceAccountName"):
        assert backup[field] == service[field], field
    assert backup["containers"][0]["image"] == service["containers"][0]["image"]


def test_a_driver_may_make_and_remove_claims_only_where_its_executors_have_them_from_it():
    def resources(values):
        [role] = [d for d in rendered(values) if d["kind"] == "Role"]
        return {resource for rule in role["rules"] for resource in rule["resources"]}

    def asked(values, key):
        confs = [d["spec"]["sparkConf"] for d in rendered(values) if d["kind"] == "SparkApplication"]
        return {conf.get(f"spark.kubernetes.driver.{key}", "true") for conf in confs}

    assert resources("production") == {"pods", "configmaps"}
    assert resources("kubeflow") == {"pods", "configmaps", "persistentvolumeclaims"}
    # Spark does by itself what the Role then does not let it do.
    assert asked("production", "ownPersistentVolumeClaim") == {"false"}
    assert asked("kubeflow", "ownPersistentVolumeClaim") == {"true"}
    assert asked("production", "service.deleteOnTermination") == asked("kubeflow", "service.deleteOnTermination") == {"false"}


def test_a_driver_without_a_pod_is_missed(tmp_path):
    documents = rendered("production")
    [groups] = [d["spec"]["groups"] for d in documents if d["kind"] == "PrometheusRule"]
    assert [group["name"] for group in groups] == ["tributary", "tributary-drivers"]
    [service] = [d["metadata"]["name"] for d in documents if d["kind"] == "Service" and d["metadata"]["name"].endswith("-driver")]
    expected = len(applications(documents))
    assert expected > 2
    if not (promtool := shutil.which("promtool")):
        pytest.skip("there is no promtool")
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    each = [{"series": f'up{{job="{service}",namespace="data",instance="{n}"}}', "values": "1x30"} for n in range(expected)]

    def test(series, *alerts):
        case = {"eval_time": "20m", "alertname": "TributaryDriversMissing", "exp_alerts": list(alerts)}
        return {"interval": "1m", "input_series": series, "alert_rule_test": [case]}

    def alert(count):
        says = {
            "summary": f"Of {expected} drivers in data {count} answer.",
            "remedy": "kubectl -n data get sparkapplications",
        }
        return {"exp_labels": {"severity": "critical"}, "exp_annotations": says}

    tests = [test(each), test(each[1:], alert(expected - 1)), test([], alert(0))]
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}))
    done = subprocess.run([promtool, "test", "rules", str(tmp_path / "test.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_hook_of_a_first_install_waits_for_a_token_that_only_the_installed_metastore_can_make():
    for document in rendered("production"):
        if "post-install" in document["metadata"].get("annotations", {}).get("helm.sh/hook", ""):
            assert "tokenSecret" not in json.dumps(document) and '"secretName"' not in json.dumps(document)
    assert any("helm.sh/hook" in d["metadata"].get("annotations", {}) for d in rendered("production"))


def notes(folder: Path, *flags: str) -> str:
    """What `helm install` says at its end, which `helm template` leaves out."""
    chart = folder / "chart"
    shutil.copytree(CHART, chart)
    (chart / "templates/_notes.tpl").write_text(f'{{{{- define "notes" }}}}{(chart / "templates/NOTES.txt").read_text()}{{{{ end }}}}')
    (chart / "templates/notes.yaml").write_text('notes: {{ include "notes" . | toJson }}\n')
    if not shutil.which("helm"):
        pytest.skip("there is no helm")
    command = ["helm", "template", "tributary", str(chart), "--kube-version", "1.34.0", "--namespace", "data"]
    done = subprocess.run([*command, "--show-only", "templates/notes.yaml", *flags], check=True, capture_output=True, text=True)
    return yaml.safe_load(done.stdout)["notes"]


@pytest.mark.parametrize(
    ("values", "secrets"),
    [
        ("kubeflow", {"drivers": "tributary-token"}),
        ("production", {"drivers": "tributary-token", "operator": "tributary-operator", "prometheus": "tributary-prometheus"}),
    ],
)
def test_the_notes_make_the_tokens_that_are_needed_and_leave_none_behind(values, secrets, tmp_path):
    said = notes(tmp_path, "--values", str(ROOT / f"deploy/helm/values/{values}.yaml"))
    commands = [line.strip() for line in said.replace("\\\n", "").splitlines() if line.startswith("  kubectl")]
    made = re.findall(r" (\w+)=[\w:,]+", commands[0].partition("make-tokens")[2])
    taken = {}
    for command in commands[1:-1]:
        secret, token = re.fullmatch(r"kubectl .+ create secret generic (\S+) +--from-literal=token=\"\$\(.+ cat /tmp/tokens/(\w+)\)\"", command).groups()
        taken[token] = secret
    assert {*made} == {*taken} and taken == secrets
    assert commands[-1] == "kubectl -n data exec deploy/tributary-metastore -- rm -r /tmp/tokens"


def test_no_pod_of_the_chart_holds_a_secret_in_its_arguments_or_variables():
    text = json.dumps(rendered("production"))
    assert "secretKeyRef.KAFKA_PASSWORD" in text
    assert '"TRIBUTARY_METASTORE_TOKEN", "value": "file:' in text
    assert not [document for document in rendered("production") if document["kind"] == "Secret"]


def test_the_metastore_reaches_its_catalog_where_it_has_one_and_nobody_else():
    def policy(values):
        return next(d["spec"] for d in rendered(values) if d["kind"] == "NetworkPolicy" and d["metadata"]["name"] == "tributary-metastore")

    assert policy("values")["egress"] == []
    ports = [port["port"] for rule in policy("production")["egress"] for port in rule["ports"]]
    assert ports == [53, 53, 443]
    accounts = {d["metadata"]["name"]: d["metadata"] for d in rendered("production") if d["kind"] == "ServiceAccount"}
    assert "tributary-catalog" in json.dumps(accounts["tributary-metastore"]["annotations"])


def test_one_application_may_run_another_release_than_the_others():
    images = {name: d["spec"]["sparkConf"]["spark.kubernetes.container.image"] for name, d in applications(rendered("production")).items()}
    assert images.pop("phase2-payments") == "registry.example.org/tributary/jobs:0.2.0"
    assert set(images.values()) == {"registry.example.org/tributary/jobs:0.1.0"}
    kubeflow = [d["spec"] for d in rendered("kubeflow") if d["kind"] == "SparkApplication"]
    assert all(spec["image"] == spec["sparkConf"]["spark.kubernetes.container.image"] for spec in kubeflow)


def test_disruption_budgets_let_a_drain_take_one_at_a_time():
    budgets = {d["metadata"]["name"]: d["spec"] for d in rendered("production") if d["kind"] == "PodDisruptionBudget"}
    assert budgets["tributary-driver"]["minAvailable"] == 2
    assert budgets["tributary-executor-phase2-default"]["minAvailable"] == 3
    assert budgets["tributary-metastore"]["maxUnavailable"] == 1


def test_the_requests_that_are_measured_are_counted_once_also_where_a_line_is_cut(tmp_path):
    loader = SourceFileLoader("measure", str(ROOT / "deploy/measure"))
    measure = module_from_spec(spec_from_loader("measure", loader))
    loader.exec_module(measure)
    log = tmp_path / "requests.log"
    lines = [f"request: Request{{{what} HTTP/1.1}}@1\n" for what in ("GET@1a /lake/a", "GET@1a /lake?list-type=2&prefix=a", "POST@1a /lake/b", "PUT@ff /lake/b")]
    log.write_text("s3proxy is up\n" + lines[0] + lines[1] + lines[2][:15])
    requests = measure.Requests(log)
    assert requests.since() == {"GET": 1, "LIST": 1}
    with log.open("a") as more:
        more.write(lines[2][15:] + lines[3])
    assert requests.since() == {"PUT": 2}
    assert requests.since() == {}
