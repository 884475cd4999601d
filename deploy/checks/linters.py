"""The linters, each as a function from files to findings: tuples of the linter, its rule and where."""

import json
import os
import subprocess
import sys

import parliament

TOOLS = os.path.dirname(sys.executable)


def cfn_lint(paths):
    """Templates against the schemas of CloudFormation."""
    answer = _run([f"{TOOLS}/cfn-lint", "--format", "json", *paths])
    return [("cfn-lint", found["Rule"]["Id"], f"{_short(found['Filename'])}:{found['Location']['Start']['LineNumber']}") for found in json.loads(answer or "[]")]


def checkov(folder, framework):
    """Everything in a folder against checkov's rules; also how many checks passed, are skipped, and of how many resources.

    Raises RuntimeError when checkov could not read a file: an unread file has no findings.
    """
    answer = _run([f"{TOOLS}/checkov", "--directory", folder, "--framework", framework, "--output", "json", "--skip-download"])
    reports = json.loads(answer)
    findings, passed, skipped, resources = [], 0, 0, 0
    for report in reports if isinstance(reports, list) else [reports]:
        if "results" not in report:
            continue
        if report["results"]["parsing_errors"]:
            raise RuntimeError(f"checkov could not read {report['results']['parsing_errors']}")
        passed += report["summary"]["passed"]
        skipped += report["summary"]["skipped"]
        resources += report["summary"]["resource_count"]
        for found in report["results"]["failed_checks"]:
            findings.append(("checkov", found["check_id"], f"{found['file_path'].lstrip('/')}: {found['resource']}"))
    return findings, passed, skipped, resources


def parliament_policy(place, document):
    """A policy against what the documentation of AWS says of actions, resources and conditions."""
    answer = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
    return [("parliament", found.issue, f"{place}: {_detail(found)}") for found in answer.findings]


def _detail(found):
    detail = found.detail
    if isinstance(detail, dict):
        detail = detail.get("actions", detail)
    if isinstance(detail, list):
        detail = ", ".join(str(part) for part in detail[:3])
    return str(detail)[:160]


def _run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env=os.environ | {"LOG_LEVEL": "ERROR"}).stdout


def _short(path):
    return os.path.basename(path)
