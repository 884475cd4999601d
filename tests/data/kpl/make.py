"""Writes the fixtures of this folder with an encoder that is not ours: pip install aws_kinesis_agg==1.2.3"""

import gzip
import json
import pathlib

from aws_kinesis_agg.aggregator import AggRecord

MASKED = "[REDACTED:assigned-password]"


def payload(message):
    text = json.dumps({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "group", "logStream": "stream",
        "subscriptionFilters": ["all"], "logEvents": [{"id": "1", "timestamp": 1510109208016, "message": message}],
    })
    return gzip.compress(text.encode(), mtime=0)


def write(name, records):
    aggregate = AggRecord()
    for key, explicit, data in records:
        assert aggregate.add_user_record(key, data, explicit)
    _, _, data = aggregate.get_contents()
    lines = [data.hex()[at:at + 120] for at in range(0, 2 * len(data), 120)]
    (pathlib.Path(__file__).parent / f"{name}.hex").write_text("\n".join(lines) + "\n")


def records(password):
    return [
        ("alpha", None, f"first line password={password}\nsecond line\n"),
        ("beta", "170141183460469231731687303715884105728", json.dumps({"user": "bob", "password": password}).encode()),
        ("alpha", "0", b""),
        ("gamma", None, b"\xff\xfe bytes that are not UTF-8\n"),
        ("beta", "0", payload("nothing to see")),
    ]


write("clean", [(f"key-{n % 3}", None, f"line {n} of generated text\n" * (n + 1)) for n in range(8)])
write("secrets", records("hunter2"))
write("secrets-masked", records(MASKED))
write("payload", [("alpha", None, payload("password=hunter2"))])
