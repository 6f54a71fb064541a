"""An independent reader of the raw archive, written from docs/raw-archive.md alone.

Usage: read_archive.py <topic folder>

Follows the manifest log of a topic on local disk and prints one JSON object a record:
{"incarnation", "partition", "offset", "timestamp", "timestampType", "key", "headers", "value"};
key, value and the headers' values are base64 or null. Refuses formats and kinds of entries that it
does not know, and anything that does not fit the accounts or a checksum.
"""

import base64
import json
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

import zstandard

FORMAT = 1
KINDS = {
    "genesis",
    "data",
    "gap",
    "accepted-loss",
    "incarnation",
    "sweep",
    "retention",
    "rewrite",
}
TIMESTAMP_TYPES = {"CreateTime", "LogAppendTime", "NoTimestampType"}
REQUIRED = ["topic", "partition", "offset", "timestamp", "timestampType"]
ORDER = REQUIRED + [
    "key",
    "keyBase64",
    "headers",
    "value",
    "valueText",
    "valueBase64",
    "valueBreaks",
]


class Refused(Exception):
    """What stands in the archive is not what the format allows."""


def require(condition, problem):
    if not condition:
        raise Refused(problem)


def no_constant(name):
    raise ValueError(name + " is not JSON")


DECODER = json.JSONDecoder(parse_constant=no_constant)


def manifest_entries(folder):
    """The entries of the log from 0 on, each checked to be readable by this format."""
    log = folder / "_log"
    present = sorted(
        path for path in log.iterdir() if re.fullmatch(r"\d{20}\.json", path.name)
    )
    require(present, f"there is no manifest log in {log}")
    for sequence, path in enumerate(present):
        require(path.name == f"{sequence:020d}.json", f"entry {sequence} is missing")
        entry = json.loads(path.read_bytes())
        require(entry["format"] <= FORMAT, f"{path.name} has format {entry['format']}")
        require(entry["kind"] in KINDS, f"{path.name} is of kind {entry['kind']}")
        require(entry["sequence"] == sequence, f"{path.name} says {entry['sequence']}")
        require(
            (sequence == 0) == (entry["kind"] == "genesis"), "genesis is entry 0 alone"
        )
        yield entry


def check_rollups(folder):
    """Each rollup that is there holds its thousand entries byte for byte."""
    for path in (folder / "_log").glob("_rollup/*.jsonl"):
        first = int(path.stem)
        require(first % 1000 == 0, f"{path.name} begins in the middle of a thousand")
        lines = path.read_bytes().split(b"\n")
        require(lines.pop() == b"", f"{path.name} does not end with a line break")
        require(len(lines) == 1000, f"{path.name} has {len(lines)} lines")
        for sequence, line in enumerate(lines, first):
            entry = folder / "_log" / f"{sequence:020d}.json"
            require(line == entry.read_bytes(), f"{path.name} has another entry {sequence}")


class Places:
    """Where the segments of each entry lie as of the newest entry."""

    def __init__(self, folder, head):
        self.folder = folder
        self.expired_before = head.get("expiredBefore", 0)
        self.rows = []
        self.moved = {}
        if "rewriteIndex" in head:
            self.rows = self.load(head["rewriteIndex"])["maps"]
        for row in self.rows:
            for entry in self.load(row["map"])["entries"]:
                require(
                    row["from"] <= entry["sequence"] <= row["to"],
                    f"map {row['map']} speaks of entry {entry['sequence']}",
                )
                self.moved[entry["sequence"]] = entry["files"]

    def load(self, name):
        path = self.folder / "_log" / "_rewrite" / f"{name}.json"
        content = json.loads(path.read_bytes())
        require(content["format"] == FORMAT, f"{path.name} has another format")
        return content

    def files(self, entry):
        sequence = entry["sequence"]
        if sequence < self.expired_before:
            return []
        if any(row["from"] <= sequence <= row["to"] for row in self.rows):
            return self.moved.get(sequence, [])
        return entry["files"]


class Accounts:
    """What the entries so far must add up to."""

    def __init__(self):
        self.records = Counter()
        self.gaps = Counter()
        self.totals = Counter(records=0, bytes=0, files=0)
        self.expired = Counter()
        self.erased = Counter()
        self.ingest_time = 0

    def add(self, entry):
        require(entry["ingestTime"] >= self.ingest_time, "ingest time went back")
        self.ingest_time = entry["ingestTime"]
        for gap in entry["gaps"]:
            key = (gap["incarnation"], gap["partition"], gap["kind"])
            self.gaps[key] += gap.get("offsets", gap["end"] - gap["start"])
        for file in entry["files"]:
            self.totals["files"] += 1
            self.totals["bytes"] += file["bytes"]
            for segment in file["segments"]:
                key = (segment["incarnation"], segment["partition"])
                self.records[key] += segment["records"]
                self.totals["records"] += segment["records"]
        for gone in entry.get("retention", {}).get("partitions", []):
            self.expired[gone["incarnation"], gone["partition"]] += gone["records"]
        for gone in entry.get("rewrite", {}).get("erased", []):
            self.erased[gone["incarnation"], gone["partition"]] += len(gone["offsets"])
        self.check(entry)

    def check(self, entry):
        name = f"entry {entry['sequence']}"
        told = Counter()
        for account in entry["partitions"]:
            key = (account["incarnation"], account["partition"])
            require(account["records"] == self.records[key], f"{name}: records of {key}")
            for kind, count in account["gaps"].items():
                told[key + (kind,)] = count
            require(
                account.get("expired", 0) == self.expired[key], f"{name}: expired of {key}"
            )
            require(
                account.get("erased", 0) == self.erased[key], f"{name}: erased of {key}"
            )
            gaps = sum(account["gaps"].values())
            require(
                account["next"] == account["records"] + gaps, f"{name}: next of {key}"
            )
        require(told == self.gaps, f"{name}: its gaps do not add up")
        totals = {name: entry["totals"][name] for name in self.totals}
        require(totals == self.totals, f"{name}: its totals do not add up")
        require(
            entry.get("expired", 0) == self.expired.total(), f"{name}: its expired records"
        )
        require(
            entry.get("erased", 0) == self.erased.total(), f"{name}: its erased records"
        )

    def check_held(self, held):
        for key, records in self.records.items():
            require(
                held[key] + self.expired[key] + self.erased[key] == records,
                f"records of {key} are neither held nor expired nor erased",
            )


def decompress(compression, stored):
    if compression == "none":
        return stored
    if compression == "gzip":
        stream = zlib.decompressobj(wbits=31)
    elif compression == "zstd":
        stream = zstandard.ZstdDecompressor().decompressobj()
    else:
        raise Refused(f"compression {compression}")
    lines = stream.decompress(stored)
    require(stream.eof and not stream.unused_data, "not exactly one frame")
    return lines


def segment_lines(path, file, segment):
    with open(path, "rb") as data:
        data.seek(segment["start"])
        stored = data.read(segment["length"])
    require(len(stored) == segment["length"], "it is cut short")
    require(f"{zlib.crc32(stored):08x}" == segment["crc32"], "its CRC-32 is another")
    lines = decompress(file["compression"], stored)
    require(len(lines) == segment["decodedLength"], "its decoded length is another")
    require(b"\r" not in lines and lines.endswith(b"\n"), "its lines do not end in LF")
    return lines[:-1].split(b"\n")


def fields_of(line):
    """The fields of a line in order: name, value, and the value's own text."""
    text = line.decode("utf-8")
    fields = {}
    require(text.startswith("{"), "no object")
    at = 1
    while True:
        name, at = DECODER.raw_decode(text, at)
        require(text[at] == ":", "no colon")
        start = at + 1
        at = start
        while text[at] in " \t":
            at += 1
        value, at = DECODER.raw_decode(text, at)
        while text[at] in " \t":
            at += 1
        require(name not in fields, f"field {name} twice")
        fields[name] = (value, text[start:at])
        if text[at] == "}":
            require(at + 1 == len(text), "something follows the object")
            return fields
        require(text[at] == ",", "no comma")
        at += 1


def binary(text):
    return base64.b64decode(text, validate=True)


def either(fields, as_text, as_base64):
    require(not (as_text in fields and as_base64 in fields), f"two of {as_text}")
    if as_text in fields:
        return fields[as_text][0].encode("utf-8")
    if as_base64 in fields:
        return binary(fields[as_base64][0])
    return None


def value_of(fields):
    if "value" not in fields:
        require("valueBreaks" not in fields, "breaks without a value")
        return either(fields, "valueText", "valueBase64")
    value = bytearray(fields["value"][1].encode("utf-8"))
    for place in fields["valueBreaks"][0] if "valueBreaks" in fields else []:
        at = place if place >= 0 else -place - 1
        require(value[at] == 0x20, "a break where no space stands")
        value[at] = 0x0A if place >= 0 else 0x0D
    return bytes(value)


def encoded(value):
    return None if value is None else base64.b64encode(value).decode("ascii")


def record_of(topic, segment, line):
    fields = fields_of(line)
    names = list(fields)
    require(names[:5] == REQUIRED, f"fields {names}")
    require(names == [name for name in ORDER if name in fields], f"fields {names}")
    plain = {name: fields[name][0] for name in fields if name not in ("value", "valueText")}
    require(plain["topic"] == topic, f"topic {plain['topic']}")
    require(plain["partition"] == segment["partition"], "another partition")
    require(plain["timestampType"] in TIMESTAMP_TYPES, "timestamp type")
    headers = [
        [name, encoded(None if value is None else binary(value))]
        for name, value in plain.get("headers", [])
    ]
    return {
        "incarnation": segment["incarnation"],
        "partition": plain["partition"],
        "offset": plain["offset"],
        "timestamp": plain["timestamp"],
        "timestampType": plain["timestampType"],
        "key": encoded(either(fields, "key", "keyBase64")),
        "headers": headers,
        "value": encoded(value_of(fields)),
    }


def records_of(folder, topic, file, segment):
    records = [
        record_of(topic, segment, line)
        for line in segment_lines(folder / file["path"], file, segment)
    ]
    offsets = [record["offset"] for record in records]
    times = [record["timestamp"] for record in records]
    require(len(records) == segment["records"], "another number of records")
    require(offsets == sorted(set(offsets)), "its offsets do not ascend")
    require(offsets[0] == segment["first"], "its first offset is another")
    require(offsets[-1] == segment["last"], "its last offset is another")
    require(min(times) == segment["minTimestamp"], "its least timestamp is another")
    require(max(times) == segment["maxTimestamp"], "its greatest timestamp is another")
    return records


def read(folder):
    accounts = Accounts()
    topic = None
    held = Counter()
    entries = list(manifest_entries(folder))
    check_rollups(folder)
    places = Places(folder, entries[-1])
    for entry in entries:
        topic = entry.get("genesis", {}).get("topic", topic)
        accounts.add(entry)
        for file in places.files(entry):
            for segment in file["segments"]:
                held[segment["incarnation"], segment["partition"]] += segment["records"]
                try:
                    yield from records_of(folder, topic, file, segment)
                except (Refused, ValueError, KeyError, IndexError) as error:
                    raise Refused(
                        f"entry {entry['sequence']}, {file['path']},"
                        f" segment at {segment['start']}: {error!r}"
                    ) from error
    accounts.check_held(held)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.setrecursionlimit(5_000)
    try:
        for record in read(Path(sys.argv[1])):
            print(json.dumps(record))
    except Refused as refused:
        sys.exit(f"refused: {refused}")


if __name__ == "__main__":
    main()
