"""Servers that speak as TensorFlow Serving does, in this process: a SavedModel in a Session, behind gRPC or REST.

`trouble` is called before each answer and may sleep, or raise `Trouble` to make the server fail.
"""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from local_server import running

from pose_anime.serving import in_process
from pose_anime.serving.in_process import Servable

__all__ = ["MODEL", "Servable", "Trouble", "calm", "first", "grpc_server", "real_server", "rest_server", "slow"]
MODEL = "tiny"
BINARY = "tensorflow_model_server"


class Trouble(Exception):
    """What a server is to fail with: an HTTP status, or None to cut the connection."""

    def __init__(self, status):
        self.status = status


def first(count, status):
    """Trouble of the first `count` requests."""
    left = [count]

    def trouble():
        left[0] -= 1
        if left[0] >= 0:
            raise Trouble(status)

    return trouble


def slow(seconds):
    """Each answer takes so long."""
    return lambda: time.sleep(seconds)


def calm():
    """No trouble."""


# --- gRPC -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def grpc_server(servable, trouble=calm, model=MODEL, **options):
    """PredictionService by the official protos; gives its address."""
    grpc = pytest.importorskip("grpc")
    pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
    codes = {503: grpc.StatusCode.UNAVAILABLE, None: grpc.StatusCode.UNAVAILABLE, 500: grpc.StatusCode.INTERNAL}

    class Troubled(grpc.ServerInterceptor):
        def intercept_service(self, continuation, details):
            handler = continuation(details)

            def answer(request, context):
                try:
                    trouble()
                except Trouble as error:
                    context.abort(codes[error.status], f"trouble {error.status}")
                return handler.unary_unary(request, context)

            return grpc.unary_unary_rpc_method_handler(
                answer, handler.request_deserializer, handler.response_serializer
            )

    with in_process.grpc_server(servable, model, interceptors=[Troubled()], **options) as address:
        yield address


# --- REST -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def rest_server(servable, trouble=calm, model=MODEL, context=None):
    """The REST interface with its row and column formats, by TLS with a `context` of ssl; gives its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(servable, trouble, model))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"


def _handler(servable, trouble, model):
    def tensors(body):
        """The inputs of a request, and how its answer is to be written."""
        if "instances" in body:
            rows = body["instances"]
            names = sorted(rows[0]) if "b64" not in rows[0] else [None]
            inputs = {name: [row if name is None else row[name] for row in rows] for name in names}
        else:
            inputs = body["inputs"] if isinstance(body["inputs"], dict) else {None: body["inputs"]}
        signature = servable.signatures[body.get("signature_name", "serving_default")]
        (only, *_) = signature.inputs
        return {name or only: _decoded(value) for name, value in inputs.items()}

    def answered(path, body):
        if not path.startswith("/v1/models/"):
            return 404, "no such page"
        name = path.removeprefix("/v1/models/").removesuffix(":predict").removesuffix("/metadata")
        if name.split("/versions/")[0] != model:
            return 404, {"error": f"Servable not found: Latest({name})"}
        trouble()
        if body is None:
            signatures = {"serving_default": _described(servable.signatures["serving_default"])}
            return 200, {"model_spec": {"name": model}, "metadata": {"signature_def": {"signature_def": signatures}}}
        outputs = servable(body.get("signature_name", "serving_default"), **tensors(body))
        columns = {name: value.tolist() for name, value in outputs.items()}
        if "inputs" in body:
            return 200, {"outputs": columns}
        return 200, {
            "predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, body):
            try:
                status, answer = answered(self.path, body)
            except Trouble as error:
                if error.status is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                status, answer = error.status, {"error": f"trouble {error.status}"}
            except Exception as error:  # whatever is wrong with a request, the real server answers 400
                status, answer = 400, {"error": str(error)[:200]}
            text = json.dumps(answer).encode()  # NaN as the real server writes it: NaN
            with contextlib.suppress(OSError):  # a client that did not wait
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    return Handler


def _decoded(value):
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return [_decoded(part) for part in value] if isinstance(value, list) else value


def _described(signature):
    def tensor(info):
        dims = [{"size": str(dim.size), "name": ""} for dim in info.tensor_shape.dim]
        return {"name": info.name, "tensor_shape": {"dim": dims, "unknown_rank": False}}

    return {"outputs": {name: tensor(info) for name, info in signature.outputs.items()}}


# --- the real one -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def real_server(model_dir, protocol, flags=(), seconds=60):
    """`tensorflow_model_server` over a folder of versions; skips where it is not on the PATH."""
    if not shutil.which(BINARY):
        pytest.skip(f"{BINARY} is not on the PATH")
    ports = {"grpc": _free_port(), "rest": _free_port()}
    command = [BINARY, f"--port={ports['grpc']}", f"--rest_api_port={ports['rest']}"]
    command += [f"--model_name={MODEL}", f"--model_base_path={model_dir}", *flags]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + seconds
        while not _listens(ports[protocol]):
            assert process.poll() is None, f"{BINARY} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{BINARY} does not listen"
            time.sleep(0.2)
        yield f"{'http' if protocol == 'rest' else 'grpc'}://127.0.0.1:{ports[protocol]}"
    finally:
        process.terminate()
        process.wait()


def _listens(port):
    with contextlib.closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _free_port():
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
