"""The function as Lambda runs it: the real binary, with a Runtime API and the extension for secrets beside it."""

import http.server
import json
import queue
import subprocess
import threading
import time
import urllib.parse


def serve(handler):
    """Serves on a port of its own, and gives that."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # The function was ended.

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


def extension(secrets):
    """What the Parameters and Secrets extension does, for an emulated Secrets Manager."""

    class Extension(Handler):
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            if self.headers.get("X-Aws-Parameters-Secrets-Token") != "session":
                return self.answer(400)
            secret = secrets.get_secret_value(SecretId=query["secretId"][0])
            return self.answer(200, json.dumps({"SecretString": secret["SecretString"]}).encode())

    return serve(Extension)


class Function:
    def __init__(self, binary, endpoint, **variables):
        self.events, self.answers, self.printed = queue.Queue(), queue.Queue(), []
        function = self

        class Runtime(Handler):
            def do_GET(self):
                event = function.events.get()
                deadline = int(time.time() * 1000) + 20_000
                self.answer(200, event, [
                    ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                    ("Lambda-Runtime-Deadline-Ms", str(deadline)),
                    ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:veil"),
                ])

            def do_POST(self):
                answer = self.path.rsplit("/", 1)[1], self.body()
                self.answer(202)
                function.answers.put(answer)

        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{serve(Runtime)}",
            "AWS_LAMBDA_FUNCTION_NAME": "veil", "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/veil", "AWS_LAMBDA_LOG_STREAM_NAME": "1",
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "session",
            "AWS_ENDPOINT_URL": endpoint, **variables,
        }
        self.process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=lambda: self.printed.extend(self.process.stdout), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def invoke(self, event):
        """Calls the function with an event, and gives what it answers."""
        self.events.put(json.dumps(event).encode())
        kind, body = self.answers.get(timeout=60)
        assert kind == "response", (kind, body, self.printed)
        return json.loads(body)
