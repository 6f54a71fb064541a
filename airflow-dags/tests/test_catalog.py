import json
import stat
import subprocess

import pytest
from conftest import java, metastore_command, running_metastore

from tributary_airflow import catalog
from tributary_airflow.catalog import Catalog, CatalogError, Dataset, MetastoreAway, Source

ONE = Catalog((Source("orders", "active"),), (Dataset("orders", "orders", "default", "active"),))


def test_the_snapshot_holds_what_the_metastore_knows(metastore, tmp_path):
    metastore.dataset("orders", group="sales")
    metastore.dataset("clicks")
    metastore.post("/dml", {"table": "clicks", "operations": [{"op": "pause"}]})
    catalog.write(tmp_path / "deep" / "catalog.json", catalog.fetch(metastore.url))
    found = catalog.read(tmp_path / "deep" / "catalog.json")
    assert [source.name for source in found.sources] == ["clicks", "orders"]
    assert found.datasets == (
        Dataset("clicks", "clicks", "default", "paused", "s3a://lake/clicks"),
        Dataset("orders", "orders", "sales", "active", "s3a://lake/orders"),
    )


def test_a_catalog_of_several_pages_is_read_whole(metastore, monkeypatch):
    monkeypatch.setattr(catalog, "_PAGE", 2)
    for name in "abcde":
        metastore.dataset(name)
    assert [dataset.name for dataset in catalog.fetch(metastore.url).datasets] == list("abcde")


def test_without_a_snapshot_there_is_nothing(tmp_path):
    assert catalog.read(tmp_path / "catalog.json") == Catalog()


def test_a_snapshot_that_says_more_than_this_release_knows_is_read(tmp_path):
    path = tmp_path / "catalog.json"
    catalog.write(path, ONE)
    document = json.loads(path.read_text())
    document["sources"][0]["later"] = document["datasets"][0]["later"] = 1
    path.write_text(json.dumps(document))
    assert catalog.read(path) == ONE


def test_a_snapshot_is_replaced_whole_and_is_readable_by_all(tmp_path, monkeypatch):
    path = tmp_path / "catalog.json"
    catalog.write(path, ONE)
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644

    def full(*arguments, **more):
        raise OSError("No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(OSError, match="No space left"):
        catalog.write(path, Catalog(ONE.sources, ONE.datasets * 2))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["catalog.json"]


def test_an_empty_metastore_does_not_take_every_dag_away(tmp_path):
    path = tmp_path / "catalog.json"
    catalog.write(path, Catalog())
    catalog.write(path, ONE)
    with pytest.raises(CatalogError, match="another metastore or a new database"):
        catalog.write(path, Catalog())
    assert catalog.read(path) == ONE


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}'])
def test_a_snapshot_that_cannot_be_read_says_so(tmp_path, text):
    path = tmp_path / "catalog.json"
    path.write_text(text)
    with pytest.raises(CatalogError, match=r"catalog.json .*Run the DAG tributary_catalog_sync"):
        catalog.read(path)


def test_a_metastore_that_is_away_may_come_back():
    with pytest.raises(MetastoreAway, match="does not answer at http://127.0.0.1:9/"):
        catalog.fetch("http://127.0.0.1:9")


def test_a_metastore_that_refuses_needs_a_person(metastore):
    with pytest.raises(CatalogError, match="with 404") as error:
        catalog.fetch(metastore.url + "/nowhere")
    assert not isinstance(error.value, MetastoreAway)


def test_nothing_says_where_the_metastore_is():
    with pytest.raises(CatalogError, match="Set TRIBUTARY_METASTORE_URL"):
        catalog.fetch("")


def test_a_metastore_that_asks_for_a_token_gets_it(tmp_path):
    words = ["token-create", "--database", str(tmp_path / "metastore.db"), "--name", "airflow", "--scope", "read"]
    made = subprocess.run(metastore_command(*words), capture_output=True, text=True, check=True, cwd=tmp_path)
    (tmp_path / "token").write_text(made.stdout.split()[0] + "\n")
    with running_metastore(tmp_path, "--tokens") as asking:
        assert catalog.fetch(asking.url, f"file:{tmp_path}/token") == Catalog()
        with pytest.raises(CatalogError, match="with 401") as error:
            catalog.fetch(asking.url)
    assert not isinstance(error.value, MetastoreAway)


def test_a_metastore_whose_certificate_is_of_an_authority_of_its_own_is_asked_by_those_who_know_it(tmp_path):
    keys, ca = tmp_path / "keys.p12", tmp_path / "ca.pem"

    def keytool(*words):
        store = ["-storetype", "PKCS12", "-keystore", str(keys), "-storepass", "changeit"]
        subprocess.run([java("keytool"), *words, *store], check=True, capture_output=True)

    keytool("-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=ours", "-ext", "bc:c", "-ext", "ku:c=keyCertSign")
    keytool("-exportcert", "-alias", "ca", "-rfc", "-file", str(ca))
    keytool("-genkeypair", "-alias", "m", "-keyalg", "EC", "-signer", "ca", "-dname", "CN=m", "-ext", "san=ip:127.0.0.1")
    keytool("-delete", "-alias", "ca")
    (tmp_path / "password").write_text("changeit\n")
    with running_metastore(tmp_path, "--tls.keystore", str(keys), "--tls.keystore-password", f"file:{tmp_path}/password") as secured:
        assert secured.url.startswith("https://")
        assert catalog.fetch(secured.url, ca=str(ca)) == Catalog()
        with pytest.raises(MetastoreAway, match="certificate is not trusted .*TRIBUTARY_METASTORE_CA"):
            catalog.fetch(secured.url)
    for file in ("none.pem", "password"):
        with pytest.raises(CatalogError, match=f"{file} that TRIBUTARY_METASTORE_CA names cannot be read") as error:
            catalog.fetch("https://127.0.0.1:9", ca=str(tmp_path / file))
        assert not isinstance(error.value, MetastoreAway)


def test_a_token_may_be_a_reference(tmp_path, monkeypatch):
    monkeypatch.setenv("THE_TOKEN", "from-variable")
    (tmp_path / "token").write_text("from-file\n")
    assert catalog.resolve("env:THE_TOKEN", "token") == "from-variable"
    assert catalog.resolve(f"file:{tmp_path}/token", "token") == "from-file"
    assert catalog.resolve("literal", "token") == "literal"
    with pytest.raises(CatalogError, match="variable NO_TOKEN is not set"):
        catalog.resolve("env:NO_TOKEN", "token")
