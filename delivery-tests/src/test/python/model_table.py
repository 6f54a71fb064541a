"""What an upsert table has to hold, computed from the raw archive, and whether its accounts add up.

Usage: model_table.py <topic folder> <lake folder> <table>

Written from docs/raw-archive.md, docs/plan-log.md and docs/casts.md alone; read_archive.py, the
reader of the archive, has to be in the path of modules. The table reads one topic, its columns are
of the types string, int, bigint and boolean, it is ordered by one of them, it deletes hard.

Prints one JSON object a row of the table: {"incarnation", "partition", "offset", "columns"}, the
values as text, "-" for null. Refuses plans, accounts and Delta commits that do not fit each other.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from read_archive import Places, Refused, manifest_entries, records_of, require

AFTER = [
    "inserted",
    "updated",
    "deleted",
    "filtered",
    "quarantined",
    "superseded",
    "late",
    "unmatched",
    "held",
    "combined",
]
RANGES = {"int": 2**31, "bigint": 2**63}


class Bad(Exception):
    """A record does not fit its table."""


def archived(folder):
    """The records of each entry, by its sequence."""
    import base64

    entries = list(manifest_entries(folder))
    places = Places(folder, entries[-1])
    topic = entries[0]["genesis"]["topic"]
    held = {}
    for entry in entries:
        held[entry["sequence"]] = [
            dict(record, value=base64.b64decode(record["value"]), time=entry["ingestTime"])
            for file in places.files(entry)
            for segment in file["segments"]
            for record in records_of(folder, topic, file, segment)
        ]
    return topic, held


class PlanLog:
    """The plans of the only generation, each with its account."""

    def __init__(self, lake, table):
        self.folder = lake / "_plans" / table
        generations = [each.name for each in self.folder.iterdir() if each.name.isdigit()]
        require(generations == ["00000"], f"generations {generations}")
        self.plans = []
        log = self.folder / "00000"
        names = sorted(
            path.name for path in log.iterdir() if path.name.removesuffix(".json").isdigit()
        )
        for number, name in enumerate(names):
            require(name == f"{number:020d}.json", f"plan {number} is missing")
            plan = json.loads((log / name).read_bytes())
            done = json.loads((log / f"{number:020d}.done.json").read_bytes())
            require(plan["plan"] == number == done["plan"], f"{name} is of another plan")
            require(plan["id"] == done["planId"], f"the account of {name} is of another plan")
            require(done.get("unbalanced", []) == [], f"{name} is unbalanced")
            self.plans.append((plan, done))

    def spec(self, dataset, version):
        path = self.folder / "specs" / f"{dataset}-{version}.json"
        return json.loads(path.read_bytes())


def check_accounts(plans, topic, held):
    """Each plan's account in itself, and against the archive and the accounts before it."""
    totals = Counter()
    rows = 0
    for plan, done in plans:
        name = f"plan {plan['plan']}"
        counts = Counter(done["counts"])
        made = counts["read"] + counts["made"]
        require(made == sum(counts[each] for each in AFTER), f"{name}: {dict(counts)}")
        if done["outcome"] != "committed":
            require(counts["read"] == 0, f"{name} is void and has read")
            continue
        require("within" not in plan["source"], f"{name} takes a part of its entries")
        read = sum(
            len(held[sequence])
            for part in plan["source"]["ranges"]
            for sequence in range(part["from"], part["to"] + 1)
        )
        require(counts["read"] == read, f"{name} read {counts['read']} of {read}")
        for step in done["steps"]:
            require(
                step["in"] + step["made"]
                == step["out"] + step["dropped"] + step["combined"] + step["quarantined"],
                f"{name}: {step}",
            )
        if plan["kind"] != "backfill":
            totals.update(counts)
        told = Counter(done["totals"].get(plan["dataset"], {}))
        require(+told == +totals, f"{name}: totals {dict(told)}, not {dict(totals)}")
        rows += counts["inserted"] - counts["deleted"]
    return rows


def check_commits(lake, table, plans):
    """Each plan that is committed has one commit of the table, and no other changes a row."""
    bearing = defaultdict(list)
    log = lake / table / "_delta_log"
    versions = sorted(
        int(path.name.removesuffix(".json"))
        for path in log.iterdir()
        if path.name.removesuffix(".json").isdigit()
    )
    require(versions == list(range(len(versions))), "a version of the table is missing")
    unmarked = Counter()
    for version in versions:
        lines = (log / f"{version:020d}.json").read_text().splitlines()
        actions = [json.loads(line) for line in lines]
        info = next(each["commitInfo"] for each in actions if "commitInfo" in each)
        marks = [each["txn"] for each in actions if "txn" in each]
        if not marks:
            unmarked[info["operation"]] += 1
            for action in actions:
                file = action.get("add") or action.get("remove")
                require(not file or not file["dataChange"], f"version {version} changes rows")
            continue
        require(len(marks) == 1, f"version {version} bears {marks}")
        require(marks[0]["appId"] == f"tributary:{table}:0", f"version {version}: {marks}")
        bearing[marks[0]["version"]].append((version, info))
    for plan, done in plans:
        number = plan["plan"]
        told = done["versions"].get("table")
        found = bearing.pop(number, [])
        require([told] == [each for each, _ in found], f"plan {number}: {told}, {found}")
        check_commit(plan, done, found[0][1])
    require(not bearing, f"commits of no plan: {dict(bearing)}")
    return unmarked


def check_commit(plan, done, info):
    if plan["kind"] == "ddl" or done["outcome"] != "committed":
        return
    prepared = json.loads(info["userMetadata"])
    require(prepared["planId"] == plan["id"], f"plan {plan['plan']}: another one's commit")
    metrics = Counter()
    if info["operation"] == "MERGE":
        metrics.update({key: int(value) for key, value in info["operationMetrics"].items()})
    counts = Counter(done["counts"])
    for count, metric in [
        ("inserted", prepared.get("appended", 0) + metrics["numTargetRowsInserted"]),
        ("updated", metrics["numTargetRowsUpdated"]),
        ("deleted", metrics["numTargetRowsDeleted"]),
    ]:
        require(counts[count] == metric, f"plan {plan['plan']}: {count} {metric}")


def identity(column):
    return column.get("id") or "0." + column["name"].lower()


def cell(column, document):
    """The text that a column makes of a document, or that it does not fit."""
    value = document.get(column.get("path") or column["name"])
    if value is None:
        return "-"
    if column["type"] == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if column["type"] == "boolean":
        if not isinstance(value, bool):
            raise Bad
        return "true" if value else "false"
    if column["type"] == "bigint" and isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            raise Bad from None
    limit = RANGES[column["type"]]
    if not isinstance(value, int) or isinstance(value, bool) or not -limit <= value < limit:
        raise Bad
    return str(value)


def model(log, held):
    """The newest event of each key, each as the version in force has read it."""
    newest = {}
    columns = None
    taken = set()
    for plan, done in log.plans:
        if done["outcome"] != "committed":
            continue
        spec = log.spec(plan["dataset"], plan["datasetVersion"])
        if plan["kind"] == "ddl":
            columns = spec["columns"]
        if plan["kind"] != "live":
            continue
        (order,) = spec["write"]["orderBy"]
        for part in plan["source"]["ranges"]:
            for sequence in range(part["from"], part["to"] + 1):
                require(sequence not in taken, f"entry {sequence} was taken twice")
                taken.add(sequence)
                for record in held[sequence]:
                    document = json.loads(record["value"])
                    try:
                        cells = {
                            identity(column): cell(column, document)
                            for column in spec["columns"]
                        }
                    except Bad:
                        continue
                    place = (record["time"], sequence, record["partition"], record["offset"])
                    rank = (document[order], place)
                    key = tuple(document[column] for column in spec["write"]["primaryKey"])
                    known = newest.get(key)
                    if known is None or known[0] < rank:
                        gone = bool(document.get(spec["write"]["deleteWhen"]))
                        newest[key] = (rank, gone, record, cells)
    require(taken == set(held), f"entries that no plan took: {set(held) - taken}")
    for _, gone, record, cells in newest.values():
        if not gone:
            yield {
                "incarnation": record["incarnation"],
                "partition": record["partition"],
                "offset": record["offset"],
                "columns": {
                    column["name"]: cells.get(identity(column), "-") for column in columns
                },
            }


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    lake = Path(sys.argv[2])
    try:
        topic, held = archived(Path(sys.argv[1]))
        log = PlanLog(lake, sys.argv[3])
        rows = check_accounts(log.plans, topic, held)
        unmarked = check_commits(lake, sys.argv[3], log.plans)
        kinds = Counter((plan["kind"], done["outcome"]) for plan, done in log.plans)
        modeled = list(model(log, held))
        require(rows == len(modeled), f"the accounts say {rows} rows, not {len(modeled)}")
        for row in modeled:
            print(json.dumps(row))
        print(
            f"{sum(map(len, held.values()))} records, plans {dict(kinds)}, other commits {dict(unmarked)}",
            file=sys.stderr,
        )
    except Refused as refused:
        sys.exit(f"refused: {refused}")


if __name__ == "__main__":
    main()
