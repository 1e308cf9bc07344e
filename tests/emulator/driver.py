"""Calls any AWS API by name through the official SDK for Python, so that what the tests see does not rest on the code they test.

Reads one JSON object per line, {"service", "operation", "parameters"} and optionally "key", an access key, or "role", credentials of a role,
and answers each with one line: {"ok": answer} or {"error": code, "message": text}. Bytes are {"$bytes": base64}, zip files of one
program are {"$zip": path}.
"""

import base64
import io
import json
import os
import re
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60, s3={"addressing_style": "path"})
clients = {}


def here(request, **_):
    """Sends to the address itself what goes to an account's name before it: a number has no subdomains."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", request.url)


def client(service, credentials):
    """A client per service and credentials."""
    key = (service, json.dumps(credentials, sort_keys=True))
    if key not in clients:
        clients[key] = boto3.client(
            service,
            endpoint_url=os.environ["AWS_ENDPOINT_URL"],
            region_name=os.environ["AWS_REGION"],
            config=CONFIG,
            **credentials,
        )
        clients[key].meta.events.register("before-send.s3-control", here)
    return clients[key]


def packed(path):
    """A zip file that holds a program as `bootstrap`, as Lambda wants it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        with open(path, "rb") as program:
            archive.writestr(entry, program.read())
    return content.getvalue()


def decoded(value):
    """Parameters as the SDK takes them."""
    if isinstance(value, list):
        return [decoded(entry) for entry in value]
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        if "$zip" in value:
            return packed(value["$zip"])
        return {name: decoded(member) for name, member in value.items()}
    return value


def plain(value):
    """Whatever of an answer JSON has no form for."""
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "read"):
        return value.read().decode(errors="replace")
    return str(value)


def answer(request):
    credentials = request.get("credentials") or {}
    operation = getattr(client(request["service"], credentials), request["operation"])
    result = operation(**decoded(request.get("parameters") or {}))
    result.pop("ResponseMetadata", None)
    return result


for line in sys.stdin:
    try:
        reply = {"ok": answer(json.loads(line))}
    except ClientError as error:
        reply = {"error": error.response["Error"].get("Code", "?"), "message": str(error)}
    except Exception as error:  # An emulator may answer anything; the next call is another matter.
        reply = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(reply, default=plain), flush=True)
