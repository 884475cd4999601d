"""Holds the arguments and blocks of the Terraform module to the schema of the provider, without the provider: schema.py WHEEL

`terraform validate` does this and more, but needs the provider. Its schema is in the bindings that CDK for Terraform makes of it:

    pip download --no-deps cdktf-cdktf-provider-aws==21.22.1
    "$(deploy/lint --tools)/python" -B deploy/checks/schema.py cdktf_cdktf_provider_aws-*.whl

It sees names that are unknown and arguments that are missing, not values. Not a part of the lint: the wheel has 60 MB.
"""

import io
import json
import os
import sys
import tarfile
import zipfile

import module

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Terraform's own, in every resource.
META = {"count", "for_each", "depends_on", "lifecycle", "provider"}


def main(wheel):
    types = read(wheel)
    problems, number = [], 0
    for folder in (f"{HERE}/terraform", f"{HERE}/terraform/bucket"):
        blocks = module.parse(folder)
        for kind, prefix in (("resource", ""), ("data", "DataAws")):
            for block in blocks.get(kind, []):
                for name, found in block.items():
                    stem = "".join(part.capitalize() for part in name.split("_")[1:])
                    # What ends like something else that the bindings make has an A.
                    schema = types.get(f"{prefix}{stem}Config") or types.get(f"{prefix}{stem}AConfig")
                    for label, body in found.items():
                        number += 1
                        place = f"{os.path.basename(folder)}: {name}.{label}"
                        problems += check(schema, body, place, types) if schema else [f"{place}: there is no such {kind}"]
    print("".join(f"{problem}\n" for problem in problems) + f"{number} resources and data, {len(problems)} problems")
    return 1 if problems else 0


def read(wheel):
    """The interfaces of the bindings by their names."""
    with zipfile.ZipFile(wheel) as archive:
        (packed,) = (name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(packed))) as package:
            interfaces = json.load(package.extractfile("package/.jsii"))["types"].values()
    return {found["name"]: found for found in interfaces if found["kind"] == "interface"}


def check(schema, body, place, types):
    known = {plain(found["name"]): found for found in schema.get("properties", [])}
    # A dynamic block stands for the blocks of its content.
    given = [(name, inner) for name, inner in body.items() if not name.startswith("__") and name not in META | {"dynamic"}]
    given += [(name, block["content"]) for dynamic in body.get("dynamic", []) for name, block in dynamic.items()]
    problems = []
    for name, inner in given:
        if plain(name) not in known:
            problems.append(f"{place}: there is no {name}")
            continue
        nested = types.get(interface(known[plain(name)]["type"]))
        for block in inner if nested and isinstance(inner, list) else []:
            problems += check(nested, block, f"{place}.{name}", types) if isinstance(block, dict) else []
    missing = {name for name, found in known.items() if not found.get("optional")} - {plain(name) for name, _ in given}
    return problems + [f"{place}: {name} is missing" for name in sorted(missing)]


def interface(kind):
    """The name of the interface in a type, which may be one of several or the element of a list."""
    if "collection" in kind:
        return interface(kind["collection"]["elementtype"])
    for one in kind.get("union", {}).get("types", []):
        if interface(one):
            return interface(one)
    name = kind.get("fqn", "")
    return "" if name.startswith("cdktf.") else name.rsplit(".", 1)[-1]


def plain(name):
    """An argument as both spell it: here shardCount, there shard_count."""
    return name.replace("_", "").lower()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
