"""The catalog: what the metastore knows, as a file that DAG files read without a network."""

from __future__ import annotations

import json
import os
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FORMAT = 1
RETIRED = "retired"
_PAGE = 1000
_TIMEOUT_SECONDS = 10


class CatalogError(Exception):
    """The catalog cannot be read or written; the message says what and what to do."""


class MetastoreAway(CatalogError):
    """The metastore does not answer now."""


@dataclass(frozen=True)
class Source:
    """A source: what one phase 1 DAG reads."""

    name: str
    state: str


@dataclass(frozen=True)
class Dataset:
    """A dataset: one table."""

    name: str
    source: str
    group: str
    state: str
    # Where it lies; snapshots of earlier releases do not say it.
    table: str = ""


@dataclass(frozen=True)
class Catalog:
    """Sources and datasets by name."""

    sources: tuple[Source, ...] = ()
    datasets: tuple[Dataset, ...] = ()

    def living_sources(self) -> list[Source]:
        """Those that are not retired."""
        return [source for source in self.sources if source.state != RETIRED]

    def living_datasets(self) -> list[Dataset]:
        """Those that are not retired."""
        return [dataset for dataset in self.datasets if dataset.state != RETIRED]


def fetch(url: str, token: str = "", ca: str = "") -> Catalog:
    """Asks the metastore, whose certificate may be of the authority in the PEM file ``ca`` too. MetastoreAway may
    pass; any other CatalogError needs a person."""
    if not url:
        raise CatalogError("Nothing says where the metastore is. Set TRIBUTARY_METASTORE_URL for Airflow's processes.")
    trust = _trust(ca) if ca else None
    sources = [Source(item["name"], item["spec"].get("state", "active")) for item in _pages(url, "sources", token, trust)]
    datasets = [
        Dataset(
            item["name"],
            item["spec"]["source"],
            item["spec"].get("group", "default"),
            item["spec"].get("state", "active"),
            item["spec"]["target"]["path"],
        )
        for item in _pages(url, "datasets", token, trust)
    ]
    return Catalog(tuple(sorted(sources, key=lambda s: s.name)), tuple(sorted(datasets, key=lambda d: d.name)))


def read(path: Path) -> Catalog:
    """The snapshot; an empty catalog where none was taken yet."""
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Catalog()
    except (OSError, ValueError) as e:
        raise CatalogError(f"The catalog's snapshot {path} cannot be read: {e}. Run the DAG tributary_catalog_sync.") from e
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CatalogError(f"The catalog's snapshot {path} is not of format {FORMAT}. Run the DAG tributary_catalog_sync.")
    return Catalog(
        tuple(_known(Source, source) for source in document["sources"]),
        tuple(_known(Dataset, dataset) for dataset in document["datasets"]),
    )


def _known(kind: type, item: dict[str, Any]) -> Any:
    """What this release knows of an item: a later one may have written the snapshot."""
    return kind(**{field.name: item[field.name] for field in fields(kind) if field.name in item})


def write(path: Path, catalog: Catalog) -> None:
    """Replaces the snapshot, whole or not at all. An empty catalog never replaces one that is not:
    retired datasets stay listed, so that is another metastore or an empty database."""
    if not catalog.datasets and _holds_datasets(path):
        raise CatalogError(
            f"The metastore knows no dataset at all, the snapshot {path} does. That is another metastore or a new"
            " database: correct TRIBUTARY_METASTORE_URL, or remove the snapshot if every DAG shall go."
        )
    document = {
        "format": FORMAT,
        "takenAt": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sources": [vars(source) for source in catalog.sources],
        "datasets": [vars(dataset) for dataset in catalog.datasets],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(document, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _holds_datasets(path: Path) -> bool:
    try:
        return bool(read(path).datasets)
    except CatalogError:
        return False


def _trust(ca: str) -> ssl.SSLContext:
    """Trusts the authority of the file besides those that this machine knows."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca)
    except OSError as e:
        raise CatalogError(
            f"The file {ca} that TRIBUTARY_METASTORE_CA names cannot be read: {e}. Name a PEM file with the certificate"
            " of the authority that the metastore's is of."
        ) from e
    return context


def _pages(url: str, resource: str, token: str, trust: ssl.SSLContext | None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = ""
    while True:
        query = {"limit": _PAGE} | ({"pageToken": page} if page else {})
        answer = _get(f"{url.rstrip('/')}/{resource}?{urllib.parse.urlencode(query)}", token, trust)
        items += answer["items"]
        page = answer.get("nextPageToken", "")
        if not page:
            return items


def _get(url: str, token: str, trust: ssl.SSLContext | None) -> dict[str, Any]:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {resolve(token, 'token')}"
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=trust) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as e:
        refused = 400 <= e.code < 500 and e.code not in (408, 429)
        kind = CatalogError if refused else MetastoreAway
        raise kind(f"The metastore answered {url} with {e.code}: {e.read(2000).decode(errors='replace')}") from e
    except (OSError, ValueError) as e:
        if isinstance(getattr(e, "reason", None), ssl.SSLCertVerificationError):
            raise MetastoreAway(
                f"The metastore's certificate is not trusted at {url}: {e}. Name its authority's file in TRIBUTARY_METASTORE_CA."
            ) from e
        raise MetastoreAway(f"The metastore does not answer at {url}: {e}. Start it, or correct TRIBUTARY_METASTORE_URL.") from e


def resolve(secret: str, what: str) -> str:
    """A secret or a reference to it, as the drivers read it: env:NAME, file:/path."""
    kind, _, rest = secret.partition(":")
    if kind == "env":
        if not os.environ.get(rest):
            raise CatalogError(f"The {what}'s variable {rest} is not set. Set it for Airflow's workers.")
        return os.environ[rest]
    if kind == "file":
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except OSError as e:
            raise CatalogError(f"The {what}'s file {rest} cannot be read: {e}.") from e
    return secret
