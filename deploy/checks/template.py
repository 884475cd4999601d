"""CloudFormation templates with every condition and function worked out, as they look once they are deployed.

checkov and parliament do not look behind `Fn::If`, `Fn::Sub` and `Fn::ForEach`; what this makes of a template they see whole.
"""

import json
import re

import yaml

ACCOUNT, REGION = "123456789012", "eu-central-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "logveil",
    "AWS::URLSuffix": "amazonaws.com",
}
NOTHING = object()

# What a resource is called by the policies of others. {0} is its logical id.
ARNS = {
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}-aBcDeF",
}
NAMES = ("BucketName", "DeliveryStreamName", "FunctionName", "LogGroupName", "QueueName", "RoleName", "TopicName", "Name")
# Whose `Ref` is an ARN.
REF_IS_ARN = ("AWS::SNS::Topic", "AWS::SecretsManager::Secret")


class Loader(yaml.SafeLoader):
    """Reads the short forms of functions (`!Ref x`) as their long ones (`{"Ref": x}`)."""


def _function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Loader.add_multi_constructor("!", _function)


def read(path):
    """The template as it is written."""
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader)


class Rendering:
    """One template under one choice of parameters."""

    def __init__(self, template, parameters):
        self.template = template
        self.values = {name: self._parameter(name, about, parameters) for name, about in template.get("Parameters", {}).items()}
        self.bound = {}
        self.resources = {}

    @staticmethod
    def _parameter(name, about, given):
        value = given.get(name, about.get("Default"))
        if value is None:
            value = about["AllowedValues"][0] if "AllowedValues" in about else placeholder(name)
        if about["Type"] == "CommaDelimitedList":
            value = [part for part in str(value).split(",") if part]
        return value

    def render(self):
        """The template with its conditions decided: a dict that is JSON."""
        for name, resource in self._expanded(self.template["Resources"]):
            if "Condition" not in resource or self.condition(resource["Condition"]):
                self.resources[name] = resource
        resources = {name: self._resource(resource) for name, resource in self.resources.items()}
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}

    def _expanded(self, resources):
        for name, resource in resources.items():
            if not name.startswith("Fn::ForEach::"):
                yield name, resource
                continue
            variable, values, body = resource
            for value in self.value(values):
                for key, inner in body.items():
                    filled = self._fill(inner, variable, value)
                    yield key.replace(f"&{{{variable}}}", re.sub(r"\W", "", value)), filled

    def _fill(self, node, variable, value):
        if isinstance(node, dict):
            if node == {"Ref": variable}:
                return value
            return {key: self._fill(inner, variable, value) for key, inner in node.items()}
        if isinstance(node, list):
            return [self._fill(inner, variable, value) for inner in node]
        if isinstance(node, str):
            return node.replace(f"${{{variable}}}", value)
        return node

    def _resource(self, resource):
        kept = {key: resource[key] for key in ("Type", "Metadata", "DeletionPolicy", "UpdateReplacePolicy") if key in resource}
        return kept | {"Properties": self.value(resource.get("Properties", {}))}

    def condition(self, name):
        return self._decide(self.template["Conditions"][name])

    def _decide(self, node):
        (function, arguments), = node.items()
        if function == "Condition":
            return self.condition(arguments)
        if function == "Fn::Equals":
            left, right = (self.value(argument) for argument in arguments)
            return str(left) == str(right)
        decided = [self._decide(argument) for argument in arguments]
        return {"Fn::Not": not decided[0], "Fn::And": all(decided), "Fn::Or": any(decided)}[function]

    def value(self, node):
        """What a node comes to; what comes to nothing (`AWS::NoValue`) is left out of lists and maps."""
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function in ("Ref", "Fn::GetAtt") or function.startswith("Fn::"):
                return self._call(function, argument)
        values = {key: self.value(inner) for key, inner in node.items()}
        return {key: value for key, value in values.items() if value is not NOTHING}

    def _call(self, function, argument):
        match function:
            case "Ref":
                return NOTHING if argument == "AWS::NoValue" else self._ref(argument)
            case "Fn::GetAtt":
                return self._attribute(*argument)
            case "Fn::If":
                name, yes, no = argument
                return self.value(yes if self.condition(name) else no)
            case "Fn::Sub":
                return re.sub(r"\$\{([^!}]+)\}", lambda match: self._named(match[1]), argument)
            case "Fn::Join":
                return argument[0].join(map(str, self.value(argument[1])))
            case "Fn::ToJsonString":
                return json.dumps(self.value(argument))
            case "Fn::Select":
                return self.value(argument[1])[int(argument[0])]
            case "Fn::GetAZs":
                return [f"{REGION}a", f"{REGION}b"]
            case "Fn::Cidr":
                return ["10.71.0.0/26", "10.71.0.64/26"]
            case "Fn::FindInMap":
                first, second, third = (self.value(part) for part in argument)
                return self.template["Mappings"][first][second][third]
        raise ValueError(f"{function}: this function is not known here")

    def _named(self, text):
        if "." in text:
            return str(self._attribute(*text.split(".", 1)))
        return str(self._ref(text))

    def _ref(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.values:
            return self.values[name]
        resource = self._declared(name)
        return self._arn(name, resource) if resource["Type"] in REF_IS_ARN else self._name(name, resource)

    def _declared(self, name):
        return self.resources.get(name) or self.template["Resources"][name]

    def _name(self, name, resource):
        properties = resource.get("Properties", {})
        for key in NAMES + ("LogStreamName",):
            if key in properties:
                return self.value(properties[key])
        return name.lower()

    def _arn(self, name, resource):
        if resource["Type"] not in ARNS:
            raise ValueError(f"{name}: how the ARN of {resource['Type']} looks is not known here")
        return "arn:aws:" + ARNS[resource["Type"]].format(account=ACCOUNT, region=REGION, name=self._name(name, resource))

    def _attribute(self, name, attribute):
        if attribute.startswith("Outputs."):
            return placeholder(attribute.removeprefix("Outputs."))
        if attribute != "Arn":
            raise ValueError(f"{name}.{attribute}: this attribute is not known here")
        return self._arn(name, self._declared(name))


def placeholder(name):
    """A value of the kind that a parameter's name promises."""
    stem = re.sub(r"(Arn|Name|Id)s?$", "", name).lower()
    if name.endswith("PrincipalArn"):
        return f"arn:aws:iam::{ACCOUNT}:role/{stem}"
    if name.endswith("KeyArn"):
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    if name.endswith("BucketArn"):
        return f"arn:aws:s3:::{stem}"
    if name.endswith("StreamArn"):
        return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stem}"
    if name.endswith("FunctionArn"):
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{stem}"
    if name.endswith("SecretArn"):
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{stem}-aBcDeF"
    return stem or name.lower()


def policies(rendered):
    """The documents of policies in a rendered template: pairs of where they stand and what they say."""
    for name, resource in rendered["Resources"].items():
        yield from _documents(name, resource["Properties"])


def _documents(place, node):
    if isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _documents(f"{place}.{number}", inner)
    elif isinstance(node, dict):
        for key, inner in node.items():
            if key in ("AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "ResourcePolicy"):
                yield f"{place}.{key}", json.loads(inner) if isinstance(inner, str) else inner
            else:
                yield from _documents(f"{place}.{key}", inner)
