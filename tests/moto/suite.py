"""The function between services as moto emulates them.

Its Firehose calls no transformation, so that Firehose is only written to here; the transformation is tested in Rust.
"""

import base64
import gzip
import http.server
import json
import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time

import boto3
from moto.server import ThreadedMotoServer

SECRET = "hunter2"
MASKED = "password=[REDACTED:assigned-password]"


class RuntimeApi:
    """The Runtime API of Lambda, around one process of the function."""

    def __init__(self, program, variables):
        self.events, self.answers = queue.Queue(), queue.Queue()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                event = api.events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 20_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:veil")
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                api.answers.put((self.path.rsplit("/", 1)[1], body))

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # The function is killed while it waits for its next event.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        environment = {
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_port,
            "AWS_LAMBDA_FUNCTION_NAME": "veil",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            **variables,
        }
        self.process = subprocess.Popen([program], env=environment, stdout=subprocess.PIPE, text=True)

    def invoke(self, event):
        self.events.put(json.dumps(event).encode())
        kind, body = self.answers.get(timeout=30)
        assert kind == "response", body
        return json.loads(body)

    def stop(self):
        self.process.kill()
        return self.process.communicate()[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def records_of(kinesis, stream):
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return kinesis.get_records(ShardIterator=iterator)["Records"]


def event_of(records):
    return {"Records": [
        {"kinesis": {
            "partitionKey": record["PartitionKey"], "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
        }} for record in records
    ]}


def messages_of_payload(data):
    return [event["message"] for event in json.loads(gzip.decompress(data))["logEvents"]]


def main(program):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    endpoint = "http://127.0.0.1:%d" % server._port
    aws = lambda service: boto3.client(  # noqa: E731
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    kinesis, logs, s3, firehose = aws("kinesis"), aws("logs"), aws("s3"), aws("firehose")
    for stream in ("in", "out"):
        kinesis.create_stream(StreamName=stream, ShardCount=1)
    for bucket in ("objects", "delivered"):
        s3.create_bucket(Bucket=bucket)
    for group in ("/app", "/masked"):
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="all")
    firehose.create_delivery_stream(DeliveryStreamName="fire", ExtendedS3DestinationConfiguration={
        "RoleARN": "arn:aws:iam::123456789012:role/firehose", "BucketARN": "arn:aws:s3:::delivered"})
    arn = kinesis.describe_stream(StreamName="in")["StreamDescription"]["StreamARN"]
    logs.put_subscription_filter(logGroupName="/app", filterName="all", filterPattern="", destinationArn=arn,
                                 roleArn="arn:aws:iam::123456789012:role/logs")
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName="/app", logStreamName="all", logEvents=[
        {"timestamp": now, "message": "user=bob password=" + SECRET}, {"timestamp": now + 1, "message": "fine"}])

    records = records_of(kinesis, "in")
    assert any(SECRET.encode() in gzip.decompress(record["Data"]) for record in records), "the subscription wrote nothing"
    wanted = ["user=bob " + MASKED, "fine"]

    def through(sink):
        function = RuntimeApi(program, {"LOGVEIL_SINK": sink, "AWS_ENDPOINT_URL": endpoint})
        answer = function.invoke(event_of(records))
        printed = function.stop()
        assert answer == {"batchItemFailures": []}, (sink, answer)
        assert SECRET not in printed, sink
        print("ok: CloudWatch Logs -> Kinesis -> function ->", sink)

    through("kinesis:out")
    found = [message for record in records_of(kinesis, "out") for message in messages_of_payload(record["Data"])]
    assert found[-2:] == wanted, found

    through("logs:/masked:all")
    events = logs.get_log_events(logGroupName="/masked", logStreamName="all", startFromHead=True)["events"]
    assert [event["message"] for event in events][-2:] == wanted, events

    through("s3://objects/logs")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="objects")["Contents"]]
    assert len(keys) == 1 and keys[0].startswith("logs/year="), keys
    lines = gzip.decompress(s3.get_object(Bucket="objects", Key=keys[0])["Body"].read()).decode().splitlines()
    assert [json.loads(line)["message"] for line in lines][-2:] == wanted, lines

    through("firehose:fire")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="delivered")["Contents"]]
    data = b"".join(s3.get_object(Bucket="delivered", Key=key)["Body"].read() for key in keys)
    assert SECRET.encode() not in data and messages_of_payload(data.rstrip(b"\n"))[-2:] == wanted
    server.stop()


main(os.path.abspath(sys.argv[1]))
