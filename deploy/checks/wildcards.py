"""Wildcards: each stands beside a comment that says why, and docs/permissions.md lists them all.

They are looked for twice: in the text, where any `*` and `?` counts that is neither a comment nor a pattern for people's input,
however it is quoted; and in the policies as they are read, so that none hides in a way of writing that the text does not show.
"""

import os
import re

# What holds these without being a policy: patterns of parameters, and what is told to people.
NO_POLICY = re.compile(r"^\s*(AllowedPattern:|error_message\s*=|description\s*=|condition\s*= can\(regex)")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
INTERPOLATED = re.compile(r"\$\{[^{}]*\}")
REASON = re.compile(r"# wildcard: (.+)$")
# A statement, or the resource where that has no name.
NAME = re.compile(r'\b(?:Sid: |sid\s*= ")(\w+)|^  (?:Fn::ForEach::)?(\w+):$|^(?:resource|data) "\w+" "(\w+)"')


def of(path):
    """The wildcards in a file: triples of line, statement and reason; None for a reason that is missing."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    found, statement = [], ""
    for number, line in enumerate(lines, 1):
        named = NAME.search(line)
        statement = named[named.lastindex] if named else statement
        if not _is_wild(_code(line, path)):
            continue
        reason = REASON.search(line) or REASON.search(_header(lines, number - 1))
        found.append((number, statement, reason[1] if reason else None))
    return found


def _code(line, path):
    """What of a line may be a wildcard."""
    if NO_POLICY.search(line):
        return ""
    code = _uncommented(line)
    if path.endswith(".tf"):
        # Outside of texts `*` multiplies and `?` chooses.
        code = " ".join(INTERPOLATED.sub("", text) for text in QUOTED.findall(code))
    return code


def _uncommented(line):
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#" and (place == 0 or line[place - 1].isspace()):
            return line[:place]
    return line


def _is_wild(text):
    return "*" in text or "?" in text


def in_policy(place, document):
    """The names of the statements in a policy that hold a wildcard; that of the place where one has none."""
    for statement in document["Statement"]:
        parts = (statement.get(key) for key in ("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"))
        if any(_is_wild(text) for part in parts for text in _texts(part)):
            yield statement.get("Sid", place)


def _texts(node):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        return [text for inner in node for text in _texts(inner)]
    return [str(node)] if node is not None else []


def _header(lines, place):
    """The line that the list belongs to in which this one is."""
    depth = _depth(lines[place])
    for line in reversed(lines[:place]):
        if line.strip() and _depth(line) < depth:
            return line
    return ""


def _depth(line):
    return len(line) - len(line.lstrip())


def table(paths):
    """All of them as rows of a table."""
    rows = {}
    for path in paths:
        for _, statement, reason in of(path):
            key = (os.path.basename(path), statement or "", reason or "**none**")
            rows[key] = rows.get(key, 0) + 1
    head = "| file | statement | times | why |\n|---|---|---|---|\n"
    return head + "".join(f"| `{file}` | {f'`{statement}`' if statement else ''} | {times} | {reason} |\n" for (file, statement, reason), times in rows.items())
