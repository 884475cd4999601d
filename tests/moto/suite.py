"""The function between services as moto emulates them.

Its Firehose calls no transformation, so that Firehose is only written to here; the transformation is tested in Rust.
"""

import base64
import gzip
import json
import logging
import os
import socket
import sys
import time

import boto3
import botocore.config
from moto.server import ThreadedMotoServer

from function import Function, extension

BINARY = os.path.abspath(sys.argv[1])
SECRET, MASKED = "hunter2", "[REDACTED:assigned-password]"
MESSAGES = [f"{n} user=bob password={SECRET}" for n in range(20)] + ["nothing to see", '{"level":"info","password":"%s"}' % SECRET]
EXPECTED = [message.replace(SECRET, MASKED) for message in MESSAGES]
NO_FAILURES = {"batchItemFailures": []}
NOW = int(time.time() * 1000)
DAY = 24 * 60 * 60 * 1000


class Services:
    """Clients of the emulator, and what the suite reads from it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        config = botocore.config.Config(s3={"addressing_style": "path"})
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        for name in ["kinesis", "firehose", "logs", "s3", "secretsmanager"]:
            setattr(self, name, boto3.client(name, endpoint_url=endpoint, config=config, **keys))

    def records(self, stream):
        found = []
        for shard in self.kinesis.list_shards(StreamName=stream)["Shards"]:
            iterator = self.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
            found += self.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        return found

    def objects(self, bucket):
        """The bodies by key."""
        keys = [found["Key"] for found in self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def function(self, sink, **variables):
        return Function(BINARY, self.endpoint, LOGVEIL_SINK=sink, **variables)


def event(records):
    return {"Records": [
        {"eventSource": "aws:kinesis", "kinesis": {
            "partitionKey": record["PartitionKey"], "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
        }}
        for record in records
    ]}


def prepare(services):
    """A log group whose events a stream gets, and places for what is masked."""
    services.kinesis.create_stream(StreamName="in", ShardCount=1)
    services.kinesis.create_stream(StreamName="out", ShardCount=2)
    for bucket in ["masked", "delivered", "quarantine", "late", "settings"]:
        services.s3.create_bucket(Bucket=bucket)
    services.firehose.create_delivery_stream(
        DeliveryStreamName="hose",
        S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::delivered"},
    )
    services.logs.create_log_group(logGroupName="/app")
    services.logs.create_log_group(logGroupName="/masked")
    services.logs.create_log_stream(logGroupName="/app", logStreamName="s")
    arn = services.kinesis.describe_stream(StreamName="in")["StreamDescription"]["StreamARN"]
    services.logs.put_subscription_filter(
        logGroupName="/app", filterName="all", filterPattern="", destinationArn=arn, roleArn="arn:aws:iam::123456789012:role/r")
    services.logs.put_log_events(
        logGroupName="/app", logStreamName="s", logEvents=[{"timestamp": NOW, "message": message} for message in MESSAGES])
    records = [record for record in services.records("in") if SECRET.encode() in gzip.decompress(record["Data"])]
    assert records, "the subscription has brought nothing"
    return records


def to_kinesis(services, records):
    with services.function("kinesis:out") as function:
        assert function.invoke(event(records)) == NO_FAILURES
        assert SECRET not in "".join(function.printed)
    out = services.records("out")
    assert [record["PartitionKey"] for record in out] == [record["PartitionKey"] for record in records]
    payloads = [json.loads(gzip.decompress(record["Data"])) for record in out]
    assert [event["message"] for payload in payloads for event in payload["logEvents"]] == EXPECTED
    assert {payload["logGroup"] for payload in payloads} == {"/app"}


def to_logs(services, records):
    # The log stream is not there: the function makes it.
    with services.function("logs:/masked:all", LOGVEIL_FALLBACK="s3://late") as function:
        assert function.invoke(event(records)) == NO_FAILURES
        old = {"messageType": "DATA_MESSAGE", "logGroup": "/app", "logStream": "s", "logEvents": [
            {"id": "1", "timestamp": NOW - 15 * DAY, "message": f"too old password={SECRET}"},
            {"id": "2", "timestamp": NOW + 1, "message": "in time"},
        ]}
        late = [{"PartitionKey": "k", "SequenceNumber": "1", "Data": gzip.compress(json.dumps(old).encode())}]
        assert function.invoke(event(late)) == NO_FAILURES
        # Its own events would come again and again.
        own = dict(old, logGroup="/masked")
        own = [{"PartitionKey": "k", "SequenceNumber": "1", "Data": gzip.compress(json.dumps(own).encode())}]
        assert function.invoke(event(own)) == NO_FAILURES
    events = services.logs.get_log_events(logGroupName="/masked", logStreamName="all", startFromHead=True)["events"]
    assert [event["message"] for event in events] == [*EXPECTED, "in time"], events
    assert {event["timestamp"] for event in events} == {NOW, NOW + 1}
    late = b"".join(gzip.decompress(body) for body in services.objects("late").values())
    assert late.decode() == f"too old password={MASKED}\n", late


def to_s3(services, records):
    """With a policy from S3, keys from Secrets Manager, and a quarantine."""
    services.s3.put_object(Bucket="settings", Key="logveil.toml", Body=b'[actions]\nsecret = "hash"\n')
    services.secretsmanager.create_secret(Name="keys", SecretString="k7:" + "5" * 32)
    port = extension(services.secretsmanager)
    settings = {
        "LOGVEIL_POLICY": "s3://settings/logveil.toml", "LOGVEIL_KEY_SECRET": "keys", "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(port),
        "LOGVEIL_QUARANTINE": "s3://quarantine/raw", "LOGVEIL_QUARANTINE_KMS_KEY": "alias/quarantine",
    }
    damaged = {"PartitionKey": "k", "SequenceNumber": "999999", "Data": gzip.compress(SECRET.encode())[:-9]}
    with services.function("s3://masked/logs", **settings) as function:
        assert function.invoke(event([*records, damaged])) == NO_FAILURES
    objects = services.objects("masked")
    assert len(objects) == 1 and list(objects)[0].startswith("logs/year=20"), list(objects)
    lines = [json.loads(line) for line in gzip.decompress(*objects.values()).decode().splitlines()]
    assert lines[0]["message"].startswith("0 user=bob password=[secret:k7:") and lines[0]["logGroup"] == "/app"
    assert len(lines) == len(MESSAGES) + 1 and SECRET not in json.dumps(lines)
    assert lines[-1]["message"].startswith("[logveil: damaged gzip"), lines[-1]
    (key, raw), = services.objects("quarantine").items()
    assert key.startswith("raw/year=20") and raw == damaged["Data"]
    kept = services.s3.head_object(Bucket="quarantine", Key=key)
    assert kept["ServerSideEncryption"] == "aws:kms" and kept["SSEKMSKeyId"].endswith("alias/quarantine")


def to_firehose(services, records):
    with services.function("firehose:hose", LOGVEIL_OUTPUT="messages") as function:
        assert function.invoke(event(records)) == NO_FAILURES
    delivered = b"".join(services.objects("delivered").values()).decode()
    assert delivered.splitlines() == EXPECTED


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        services = Services(f"http://127.0.0.1:{port}")
        records = prepare(services)
        for test in [to_kinesis, to_logs, to_s3, to_firehose]:
            test(services, records)
            print(f"ok: CloudWatch Logs -> Kinesis -> function, {test.__name__}", flush=True)
    finally:
        server.stop()


main()
