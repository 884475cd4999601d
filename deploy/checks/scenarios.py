"""Choices of parameters under which every condition of a template is true once and false once."""

import hashlib
import json

from template import ACCOUNT, REGION, Rendering, placeholder

# What one parameter says of another.
SINKS = {
    "kinesis": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/masked",
    "firehose": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/masked",
    "logs": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:masked:log-stream:all",
    "s3": "arn:aws:s3:::masked",
    "answer": "arn:aws:s3:::masked",
}


def choices(parameters):
    """The defaults, everything filled in, and on top of both each of the few values that a parameter may have."""
    filled = {name: placeholder(name) for name, about in parameters.items() if about.get("Default") == "" and "AllowedValues" not in about}
    # As most patterns are: what holds it must stand the quotes.
    filled |= {name: '{ $.level = "error" }' for name in filled if name == "FilterPattern"}
    filled |= {name: "/app/a,/app/b" for name, about in parameters.items() if about["Type"] == "CommaDelimitedList"}
    for base in ({}, filled):
        yield base
        for name, about in parameters.items():
            values = about.get("AllowedValues", [])
            # A longer list is one of days.
            for value in values if len(values) <= 5 else []:
                yield base | {name: value}
            if about["Type"] == "Number" and about.get("Default") == about.get("MinValue") == 0:
                yield base | {name: 4}
        # Neither of two ways to what lies under the masked key.
        if {"Fallback", "SinkKind"} <= parameters.keys():
            yield base | {"Fallback": "no", "SinkKind": "answer"}


def renderings(template):
    """What the template looks like under these, each once.

    Raises ValueError when a condition is decided the same way by all of them: then something is not looked at.
    """
    decided, seen = {}, {}
    parameters = template.get("Parameters", {})
    for choice in choices(parameters):
        if "SinkArn" in parameters:
            choice["SinkArn"] = SINKS[choice.get("SinkKind", "kinesis")]
        rendering = Rendering(template, choice)
        for name in template.get("Conditions", {}):
            decided.setdefault(name, set()).add(rendering.condition(name))
        rendered = rendering.render()
        seen[hashlib.sha256(json.dumps(rendered, sort_keys=True).encode()).hexdigest()[:8]] = rendered
    blind = [name for name, ways in decided.items() if len(ways) < 2]
    if blind:
        raise ValueError(f"decided one way alone: {', '.join(blind)}")
    return seen
