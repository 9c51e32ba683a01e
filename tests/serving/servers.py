"""Servers that speak as TensorFlow Serving does, in this process: a SavedModel in a Session, behind gRPC or REST.

The Session loader is what the real server loads and runs models with. `trouble` is called before each answer and may
sleep, or raise `Trouble` to make the server fail.
"""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from local_server import running

MODEL = "tiny"
BINARY = "tensorflow_model_server"


class Servable:
    """A SavedModel in a Session: tensors fed and fetched by the names of its signatures."""

    def __init__(self, version):
        import tensorflow as tf

        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            self.graph = tf.compat.v1.saved_model.loader.load(self.session, ["serve"], str(version))

    def __call__(self, signature, **inputs):
        definition = self.graph.signature_def[signature]
        feeds = {definition.inputs[name].name: value for name, value in inputs.items()}
        return self.session.run({name: info.name for name, info in definition.outputs.items()}, feeds)


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
def grpc_server(servable, trouble=calm, model=MODEL, threads=8):
    """PredictionService by the official protos; gives its address."""
    grpc = pytest.importorskip("grpc")
    service = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
    server = grpc.server(ThreadPoolExecutor(threads), options=[("grpc.max_receive_message_length", -1)])
    service.add_PredictionServiceServicer_to_server(_prediction_service(servable, trouble, model), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _prediction_service(servable, trouble, model):
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc

    codes = {503: grpc.StatusCode.UNAVAILABLE, None: grpc.StatusCode.UNAVAILABLE, 500: grpc.StatusCode.INTERNAL}

    def check(request, context):
        if request.model_spec.name != model:
            context.abort(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Latest({request.model_spec.name})"
            )
        try:
            trouble()
        except Trouble as error:
            context.abort(codes[error.status], f"trouble {error.status}")

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            check(request, context)
            inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
            try:
                outputs = servable(request.model_spec.signature_name or "serving_default", **inputs)
            except (tf.errors.OpError, KeyError) as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error)[:200])
            response = predict_pb2.PredictResponse()
            for name, value in outputs.items():
                response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
            return response

        def GetModelMetadata(self, request, context):
            check(request, context)
            signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=servable.graph.signature_def)
            response = get_model_metadata_pb2.GetModelMetadataResponse()
            response.model_spec.name = model
            response.metadata["signature_def"].Pack(signatures)
            return response

    return Service()


# --- REST -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def rest_server(servable, trouble=calm, model=MODEL):
    """The REST interface with its row and column formats; gives its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(servable, trouble, model))
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}"


def _handler(servable, trouble, model):
    def tensors(body):
        """The inputs of a request, and how its answer is to be written."""
        if "instances" in body:
            rows = body["instances"]
            names = sorted(rows[0]) if "b64" not in rows[0] else [None]
            inputs = {name: [row if name is None else row[name] for row in rows] for name in names}
        else:
            inputs = body["inputs"] if isinstance(body["inputs"], dict) else {None: body["inputs"]}
        signature = servable.graph.signature_def[body.get("signature_name", "serving_default")]
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
            signatures = {"serving_default": _described(servable.graph.signature_def["serving_default"])}
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
def real_server(model_dir, protocol, seconds=60):
    """`tensorflow_model_server` over a folder of versions; skips where it is not on the PATH."""
    if not shutil.which(BINARY):
        pytest.skip(f"{BINARY} is not on the PATH")
    ports = {"grpc": _free_port(), "rest": _free_port()}
    command = [BINARY, f"--port={ports['grpc']}", f"--rest_api_port={ports['rest']}"]
    command += [f"--model_name={MODEL}", f"--model_base_path={model_dir}"]
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
