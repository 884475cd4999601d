"""Holds templates, Terraform and policies to the linters, and the linters to deliberately bad twins.

What comes out is a table of findings for each linter, and an exit code of 1 if one is not justified, a justification is not
needed, a wildcard says no reason, docs/permissions.md does not list it, two packages differ, or a bad twin passes.
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
import module
import package
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
    problems += parameter_problems()
    problems += package_problems(work)
    caught, missed = twins(work)
    problems += missed
    print("".join(f"{name}: {number}\n" for name, number in numbers.items()), end="")
    print(f"bad twins caught: {len(caught)} of {len(caught) + len(missed)}")
    for line in caught:
        print(f"  {line}")
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    return 1 if problems else 0


def everything(work):
    """All findings, and how much was looked at."""
    rendered, documents, count = render(work)
    for folder in MODULES:
        documents += list(module.policies(folder))
    findings = linters.cfn_lint(TEMPLATES)
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

    Gives the folder, the policies in them, each once, and the number of resources.
    """
    folder = os.path.join(work, "rendered")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    documents, count = {}, 0
    for path in TEMPLATES:
        name = os.path.basename(path).removesuffix(".yaml")
        for digest, rendered in scenarios.renderings(template.read(path)).items():
            with open(f"{folder}/{name}-{digest}.json", "w", encoding="utf-8") as file:
                json.dump(rendered, file, indent=1)
            count += len(rendered["Resources"])
            for place, document in template.policies(rendered):
                # That of a subscription is no policy of rights.
                if "Statement" in document:
                    documents[f"{name}/{place}", json.dumps(document)] = document
    return folder, [(place, document) for (place, _), document in documents.items()], count


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


def write_permissions():
    with open(PERMISSIONS, encoding="utf-8") as file:
        head = file.read().split(MARK)[0]
    with open(PERMISSIONS, "w", encoding="utf-8") as file:
        file.write(f"{head}{MARK}\n{wildcards.table(sources())}")


def parameter_problems():
    """Where the parameters of the root template and the variables of the module are not the same."""
    parameters = template.read(f"{HERE}/cloudformation/root.yaml")["Parameters"]
    told = {snake(name): plain(about.get("Default")) for name, about in parameters.items()}
    known = {name: plain(default) for name, default in module.variables(f"{HERE}/terraform").items()}
    problems = [f"{name}: only one of root.yaml and variables.tf has it" for name in sorted(set(told) ^ set(known))]
    return problems + [f"{name}: {told[name]!r} in root.yaml, {known[name]!r} in variables.tf" for name in sorted(set(told) & set(known)) if told[name] != known[name]]


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plain(default):
    """A default as both would say it."""
    text = "" if default in (None, []) else str(default).lower()
    # A number below zero is an expression to the reader of Terraform.
    text = text[2:-1] if text.startswith("${-") else text
    return {"yes": "true", "no": "false"}.get(text, text)


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
    found = {name: {"wildcard reason" for _, _, reason in wildcards.of(path) if not reason} for name, path in paths.items()}
    documents = []
    for name, path in paths.items():
        os.makedirs(f"{folder}/{name}")
        if name.endswith(".tf"):
            shutil.copy(path, f"{folder}/{name}")
            documents += [(name, document) for _, document in module.policies(f"{folder}/{name}")]
            found[name] |= {"terraform fmt"} if module.unformatted(f"{folder}/{name}") else set()
            continue
        for digest, rendered in scenarios.renderings(template.read(path)).items():
            with open(f"{folder}/{name}/{digest}.json", "w", encoding="utf-8") as file:
                json.dump(rendered, file)
            documents += [(name, document) for _, document in template.policies(rendered)]
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
