"""Holds templates, Terraform and policies to the linters, and the linters to deliberately bad twins.

What comes out is a table of findings for each linter, and an exit code of 1 if one is not justified, a justification is not
needed, a wildcard says no reason, docs/permissions.md does not list it, templates and module do not say the same, two packages
differ, a bad twin passes, or deploy/README.md gives other numbers.
"""

import glob
import json
import os
import re
import shutil
import sys
import tomllib
import zipfile

import linters
import mappings
import module
import package
import parity
import scenarios
import template
import wildcards

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PERMISSIONS = os.path.join(os.path.dirname(HERE), "docs", "permissions.md")
TEMPLATES = sorted(glob.glob(f"{HERE}/cloudformation/*.yaml"))
MODULES = [f"{HERE}/terraform", f"{HERE}/terraform/bucket"]
MARK = "<!-- made by deploy/lint --write -->\n"


def main():
    work = os.environ["LOGVEIL_LINT"]
    if "--write" in sys.argv:
        write_permissions()
    problems = []
    findings, numbers = everything(work)
    findings, unneeded = justified(findings)
    problems += [f"{linter} {rule}: {where}" for linter, rule, where in findings]
    problems += [f"deploy/checks/justified.toml: {entry['linter']} {entry['rule']} at {entry['where']} is no longer found" for entry in unneeded]
    problems += wildcard_problems()
    problems += parity.parameters(f"{HERE}/cloudformation", f"{HERE}/terraform")
    problems += package_problems(work)
    caught, missed = twins(work)
    problems += missed
    problems += stale_numbers(numbers, len(caught))
    print("".join(f"{name}: {number}\n" for name, number in numbers.items()), end="")
    print(f"bad twins caught: {len(caught)} of {len(caught) + len(missed)}")
    for line in caught:
        print(f"  {line}")
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    return 1 if problems else 0


def everything(work):
    """All findings, and how much was looked at."""
    rendered, documents, count, findings = render(work)
    ours, theirs = list(documents), [policy for folder in MODULES for policy in module.policies(folder)]
    documents += theirs
    findings += [("parity", "statement", where) for where in parity.statements(ours, theirs)]
    for folder in MODULES:
        findings += [("mappings", rule, where) for rule, where in mappings.of_module(folder)]
    findings += linters.cfn_lint(TEMPLATES)
    # The templates as they are written, too: these are what people read.
    numbers = {"templates": len(TEMPLATES), "renderings of them": len(os.listdir(rendered)), "policies": len(documents)}
    for name, folder in (("cloudformation", f"{HERE}/cloudformation"), ("cloudformation", rendered), ("terraform", f"{HERE}/terraform")):
        found, passed, skipped, resources = linters.checkov(folder, name)
        findings += found
        # A template that checkov cannot follow has no findings, and it does not say so.
        if folder == rendered and resources != count:
            findings.append(("checkov", "unread", f"{resources} of {count} resources were looked at"))
        numbers[f"checkov, {os.path.basename(folder)}"] = f"{passed} passed, {skipped} skipped with a reason"
    for place, document in documents:
        findings += linters.parliament_policy(place, document)
    findings += hidden_wildcards(documents)
    if module.unformatted(f"{HERE}/terraform"):
        findings.append(("terraform", "fmt", "deploy/terraform: run `terraform fmt -recursive`"))
    numbers["findings before justification"] = tally(findings)
    return findings, numbers


def tally(findings):
    counts = {}
    for linter, rule, _ in findings:
        counts[f"{linter} {rule}"] = counts.get(f"{linter} {rule}", 0) + 1
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def render(work):
    """Writes the templates as they are deployed into a folder.

    Gives the folder, the policies in them, each once, the number of resources, and what is found in mappings.
    """
    folder = os.path.join(work, "rendered")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    documents, count, findings = {}, 0, []
    for path in TEMPLATES:
        name = os.path.basename(path).removesuffix(".yaml")
        for digest, rendered in scenarios.renderings(template.read(path)).items():
            with open(f"{folder}/{name}-{digest}.json", "w", encoding="utf-8") as file:
                json.dump(rendered, file, indent=1)
            count += len(rendered["Resources"])
            findings += [("mappings", rule, f"{name}: {where}") for rule, where in mappings.of_template(rendered)]
            for place, document in template.policies(rendered):
                # That of a subscription is no policy of rights.
                if "Statement" in document:
                    documents[f"{name}/{place}", json.dumps(document)] = document
    return folder, [(place, document) for (place, _), document in documents.items()], count, findings


def justified(findings):
    """The findings that no entry of justified.toml explains, and the entries that explain none."""
    with open(f"{HERE}/checks/justified.toml", "rb") as file:
        entries = tomllib.load(file)["finding"]
    used, left = set(), []
    for linter, rule, where in findings:
        reasons = [number for number, entry in enumerate(entries) if (entry["linter"], entry["rule"]) == (linter, rule) and re.search(entry["where"], where)]
        used.update(reasons)
        if not reasons:
            left.append((linter, rule, where))
    return sorted(set(left)), [entry for number, entry in enumerate(entries) if number not in used]


def sources():
    return TEMPLATES + [path for folder in MODULES for path in sorted(glob.glob(f"{folder}/*.tf"))]


def wildcard_problems():
    problems = []
    for path in sources():
        problems += [f"{os.path.basename(path)}:{line}: a wildcard without a reason (`# wildcard: …`)" for line, _, reason in wildcards.of(path) if not reason]
    with open(PERMISSIONS, encoding="utf-8") as file:
        if file.read().split(MARK)[1:2] != ["\n" + wildcards.table(sources())]:
            problems.append("docs/permissions.md does not list the wildcards as they are: run `deploy/lint --write`")
    return problems


def hidden_wildcards(documents, paths=None):
    """Statements of policies that hold a wildcard which their file does not show."""
    shown = {}
    for path in paths or sources():
        shown.setdefault(_stem(path), set()).update(statement for _, statement, _ in wildcards.of(path))
    for place, document in documents:
        file, where = place.split("/", 1)
        for statement in wildcards.in_policy(where.split(".")[0], document):
            if statement not in shown.get(file, ()):
                yield "wildcards", "hidden", f"{place}: {statement}"


def _stem(path):
    """What the place of a policy begins with: the template, or the folder of the module."""
    folder, name = os.path.split(path)
    return name.removesuffix(".yaml") if name.endswith(".yaml") else os.path.basename(folder)


def write_permissions():
    with open(PERMISSIONS, encoding="utf-8") as file:
        head = file.read().split(MARK)[0]
    with open(PERMISSIONS, "w", encoding="utf-8") as file:
        file.write(f"{head}{MARK}\n{wildcards.table(sources())}")


def stale_numbers(numbers, caught):
    """What deploy/README.md says was looked at, where it was not."""
    reasons = {(path, statement) for path in sources() for _, statement, _ in wildcards.of(path)}
    sentences = [
        f"of {numbers['templates']} templates in {numbers['renderings of them']} renderings, and {numbers['policies']} policies",
        f"| {caught} of {caught} rules caught, in {len(glob.glob(f'{HERE}/bad/*'))} files |",
        f"{sum(len(wildcards.of(path)) for path in sources())} wildcards in {len(reasons)} statements",
    ]
    with open(f"{HERE}/README.md", encoding="utf-8") as file:
        text = file.read()
    return [f"deploy/README.md does not say: {sentence}" for sentence in sentences if sentence not in text]


def package_problems(work):
    """Whether the same program makes the same package, wherever and whenever it was built, and one that Lambda can start."""
    packages = []
    for number, moment in enumerate((1, 2_000_000_000)):
        folder = os.path.join(work, f"package-{number}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for name in ("program", "policy.toml", "a.toml"):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(name)
            os.utime(f"{folder}/{name}", (moment, moment))
            os.chmod(f"{folder}/{name}", 0o600 + number)
        files = ["policy.toml", "a.toml"]
        package.main(f"{folder}/it.zip", *(f"{folder}/{name}" for name in ["program", *(reversed(files) if number else files)]), moment=1_700_000_000)
        with open(f"{folder}/it.zip", "rb") as file:
            packages.append(file.read())
    problems = [] if packages[0] == packages[1] else ["deploy/checks/package.py: two packages of the same files differ"]
    with zipfile.ZipFile(f"{folder}/it.zip") as archive:
        entries = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    if entries != {"a.toml": 0o644, "bootstrap": 0o755, "policy.toml": 0o644}:
        problems.append(f"deploy/checks/package.py: {entries} is not what Lambda takes")
    return problems


def twins(work):
    """Which of the bad twins the linters catch by the rules that each names in its first line, and which they do not."""
    found = findings_of_twins(work)
    caught, missed = [], []
    for path in sorted(glob.glob(f"{HERE}/bad/*")):
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            expected = file.readline().removeprefix("# expect: ").strip().split(", ")
        for rule in expected:
            if rule in found[name]:
                caught.append(f"{name}: {rule}")
            else:
                missed.append(f"bad/{name}: {rule} does not catch it")
    return caught, missed


def findings_of_twins(work):
    """By twin the linters and rules that find something in it."""
    folder = os.path.join(work, "twins")
    shutil.rmtree(folder, ignore_errors=True)
    paths = {os.path.basename(path): path for path in glob.glob(f"{HERE}/bad/*")}
    found = {name: set() for name in paths}
    documents = []
    for name, path in paths.items():
        unreasoned = [line for line, _, reason in wildcards.of(path) if not reason]
        found[name] |= {"wildcard reason", f"{len(unreasoned)} wildcards without a reason"} if unreasoned else set()
        os.makedirs(f"{folder}/{name}")
        if name.endswith(".tf"):
            shutil.copy(path, f"{folder}/{name}")
            documents += [(name, document) for _, document in module.policies(f"{folder}/{name}")]
            found[name] |= {"terraform fmt"} if module.unformatted(f"{folder}/{name}") else set()
            found[name] |= {f"mappings {rule}" for rule, _ in mappings.of_module(f"{folder}/{name}")}
            continue
        for digest, rendered in scenarios.renderings(template.read(path)).items():
            with open(f"{folder}/{name}/{digest}.json", "w", encoding="utf-8") as file:
                json.dump(rendered, file)
            policies = list(template.policies(rendered))
            documents += [(name, document) for _, document in policies]
            found[name] |= {f"mappings {rule}" for rule, _ in mappings.of_template(rendered)}
            stem = name.removesuffix(".yaml")
            found[name] |= {"hidden wildcard" for _ in hidden_wildcards([(f"{stem}/{place}", document) for place, document in policies], [path])}
    findings = linters.cfn_lint([path for name, path in paths.items() if name.endswith(".yaml")])
    for framework in ("cloudformation", "terraform"):
        findings += linters.checkov(folder, framework)[0]
    for name, document in documents:
        findings += linters.parliament_policy(f"{name}:", document)
    for linter, rule, where in findings:
        found[re.split("[/:]", where)[0]].add(f"{linter} {rule}")
    return found


if __name__ == "__main__":
    sys.exit(main())
