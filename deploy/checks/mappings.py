"""Event source mappings: what no linter asks of them, in templates, and what none looks at in Terraform."""

import re

import module

# What Lambda takes, by the name of the argument.
LIMITS = {
    "batch_size": (1, 10_000),
    "maximum_batching_window_in_seconds": (0, 300),
    "maximum_record_age_in_seconds": (60, 604_800),
    "maximum_retry_attempts": (-1, 10_000),
    "parallelization_factor": (1, 10),
}


def of_template(rendered):
    """The findings in a rendered template: tuples of rule and resource."""
    for name, resource in rendered["Resources"].items():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and "ReportBatchItemFailures" not in resource["Properties"].get("FunctionResponseTypes", []):
            # An answer that names what failed would count as success, and the records be lost.
            yield "answer", name


def of_module(folder):
    """The findings in a folder of Terraform."""
    variables = module.variables(folder)
    for name, body in module.resources(folder, "aws_lambda_event_source_mapping"):
        if "ReportBatchItemFailures" not in str(body.get("function_response_types", "")):
            yield "answer", name
        for argument, (least, most) in LIMITS.items():
            if argument in body and not _is_within(str(body[argument][0]), variables, least, most):
                yield "limits", f"{name}: {argument}"


def _is_within(value, variables, least, most):
    """Whether a value is within limits, or a variable that never is outside of them."""
    variable = re.fullmatch(r"\$\{var\.(\w+)\}", value)
    if variable:
        limits = variables[variable[1]]["limits"]
        return int(limits.get("MinValue", least - 1)) >= least and int(limits.get("MaxValue", most + 1)) <= most
    number = re.fullmatch(r"(?:\$\{)?(-?\d+)\}?", value)
    return number is not None and least <= int(number[1]) <= most
