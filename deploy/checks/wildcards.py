"""Wildcards: each stands beside a comment that says why, and docs/permissions.md lists them all."""

import os
import re

WILDCARD = re.compile(r'"\*"|[/:*-]\*["\s}]|:\*"|\*\*')
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
        code = line.split(" #")[0]
        if code.lstrip().startswith("#") or not WILDCARD.search(code + " "):
            continue
        reason = REASON.search(line) or REASON.search(_header(lines, number - 1))
        found.append((number, statement, reason[1] if reason else None))
    return found


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
