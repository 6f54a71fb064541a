"""Writes one JSON Schema a kind of kinds.yaml, named as kubeconform asks for them: split.py FOLDER"""

import json
import pathlib
import sys

import yaml

document = yaml.safe_load(pathlib.Path(__file__).with_name("kinds.yaml").read_text())
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for each in document["kinds"]:
    group, _, version = each["apiVersion"].rpartition("/")
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "metadata", *each.get("required", [])],
        "properties": {
            "apiVersion": {"const": each["apiVersion"]},
            "kind": {"const": each["kind"]},
            "metadata": {"$ref": "#/definitions/metadata"},
            **each["body"],
        },
        "definitions": document["definitions"],
    }
    name = "-".join(part for part in (each["kind"].lower(), group.split(".")[0], version) if part)
    (folder / f"{name}.json").write_text(json.dumps(schema))
