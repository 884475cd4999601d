"""Templates and module say the same: parameters and variables with their defaults and limits, each of them used, and policies."""

import glob
import os
import re

import module
import template

LIMITS = ("MinValue", "MaxValue", "AllowedValues", "AllowedPattern")


def parameters(templates, terraform):
    """Where the parameters of the templates and the variables of the module are not the same, or not used."""
    return _against_the_module(templates, terraform) + _against_nested(templates) + _unused(terraform) + _unused(f"{terraform}/bucket")


def statements(ours, theirs):
    """Where a statement of that name allows or denies something else in the policies of the templates than in those of the module."""
    ours, theirs = _rights(ours), _rights(theirs)
    for name in sorted(set(ours) | set(theirs)):
        for what in sorted(ours.get(name, set()) ^ theirs.get(name, set())):
            yield f"{name}: {what} is only in the {'templates' if what in ours.get(name, set()) else 'module'}"


def _rights(documents):
    """By the names of statements: effect, actions, services and the keys of conditions. All without a name are one."""
    rights = {}
    for _, document in documents:
        for statement in document["Statement"]:
            found = rights.setdefault(statement.get("Sid", "no name"), set())
            found.add(statement["Effect"])
            found.update(_list(statement["Action"]))
            principal = statement.get("Principal")
            found.update(_list(principal.get("Service", [])) if isinstance(principal, dict) else [])
            found.update(f"{test} {key}" for test, keys in statement.get("Condition", {}).items() for key in keys)
    return rights


def _list(value):
    return value if isinstance(value, list) else [value]


def _against_the_module(templates, terraform):
    parameters = template.read(f"{templates}/root.yaml")["Parameters"]
    told = {_snake(name): about for name, about in parameters.items()}
    known = module.variables(terraform)
    found = [f"{name}: only one of root.yaml and variables.tf has it" for name in sorted(set(told) ^ set(known))]
    for name in sorted(set(told) & set(known)):
        ours, theirs = _plain(told[name].get("Default")), _plain(known[name]["default"])
        if ours != theirs:
            found.append(f"{name}: {ours!r} in root.yaml, {theirs!r} in variables.tf")
        # What Terraform has as true or false, or as a list of texts, says by its type what it may be.
        ours, theirs = _limits(told[name]), known[name]["limits"]
        if known[name]["type"] in ("number", "string") and ours != theirs:
            found.append(f"{name}: limits {ours} in root.yaml, {theirs} in variables.tf")
    return found


def _against_nested(templates):
    """What root.yaml hands on as it is has the same limits in both; else one lets through what the other refuses halfway."""
    root, found = template.read(f"{templates}/root.yaml"), []
    for stack in root["Resources"].values():
        file = stack["Properties"]["TemplateURL"]
        nested = template.read(f"{templates}/{file}")["Parameters"]
        for name, value in stack["Properties"]["Parameters"].items():
            if isinstance(value, dict) and value.get("Ref") in root["Parameters"]:
                ours, theirs = _limits(root["Parameters"][value["Ref"]]), _limits(nested[name])
                if ours != theirs:
                    found.append(f"{name}: limits {ours} in root.yaml, {theirs} in {file}")
    return found


def _unused(folder):
    """Variables that nothing but their own validation names."""
    text = ""
    for path in glob.glob(f"{folder}/*.tf"):
        with open(path, encoding="utf-8") as file:
            text += "\n" + file.read()
    used = set(re.findall(r"\bvar\.(\w+)", re.sub(r"(?m)^variable .*\n(?:[^}\n].*\n|\n)*^}|#.*$", "", text)))
    return [f"{name}: no use of it in {os.path.basename(folder)}/" for name in module.variables(folder) if name not in used]


def _limits(about):
    return {kind: [str(value) for value in about[kind]] if kind == "AllowedValues" else str(about[kind]) for kind in LIMITS if kind in about}


def _snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _plain(default):
    """A default as both would say it."""
    text = "" if default in (None, []) else str(default).lower()
    # A number below zero is an expression to the reader of Terraform.
    text = text[2:-1] if text.startswith("${-") else text
    return {"yes": "true", "no": "false"}.get(text, text)
