"""How one request to TensorFlow Serving is made: through the official protos by gRPC, or by REST.

Both have the same three methods, `predict`, `output_shapes` and `close`, and raise `NotNow`, `TimeoutError`,
`Untrusted`, `UnknownModel` or `Refused`. REST needs nothing but Python; gRPC needs the extra `serving`.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pose_anime.errors import BadFile, UserError

SIGNATURE, INPUT = "serving_default", "image_bytes"
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED", "Hostname Verification Check failed"  # as gRPC says it
Outputs = Mapping[str, Any]


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Attributes:
        netloc: `host` or `host:port`.
        path: what comes before the REST interface's own.
        secure: whether it speaks TLS.
        authority: then, a PEM file of the certificates that may vouch for it; None: those that are trusted anyway, by
            the system (REST) or by the package of gRPC.
    """

    netloc: str
    path: str = ""
    secure: bool = False
    authority: str | os.PathLike | None = None

    def trusted(self) -> ssl.SSLContext:
        """What a server's certificate is checked with. Raises BadFile for an authority that is none."""
        try:
            return ssl.create_default_context(cafile=self.authority)
        except OSError as error:  # also one of ssl
            what = "holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror or str(error)
            raise BadFile(self.authority, what, "name a PEM file") from None


# What a transport raises beside TimeoutError, each with the server's words.


class NotNow(Exception):
    """The server cannot be reached or is busy: what another attempt may cure."""


class Untrusted(Exception):
    """The server's certificate is not vouched for, or is another host's."""


class UnknownModel(Exception):
    """The server does not serve this model, or not this version."""


class Refused(Exception):
    """The server does not accept the request, or does not speak this protocol."""


class Grpc:
    """One PredictionService through the official protos."""

    def __init__(self, address: Address, model: str, version: int | None, timeout: float) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the protos bring TensorFlow with them
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what goes wrong is raised
        try:
            import grpc
            from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
        except ImportError as error:
            remedy = "install it: pip install 'pose_anime[serving]', or name the server's REST port: http://host:8501"
            raise UserError(f"gRPC needs the package {error.name or 'tensorflow-serving-api'}; {remedy}") from None
        self._codes = grpc.StatusCode
        self._error = grpc.RpcError
        self._requests = predict_pb2.PredictRequest, get_model_metadata_pb2.GetModelMetadataRequest
        self._metadata = get_model_metadata_pb2.SignatureDefMap
        options = {
            "grpc.max_send_message_length": -1,
            "grpc.max_receive_message_length": -1,
            "grpc.enable_http_proxy": 0,
            # A channel waits before it connects anew, whatever is asked of it: less than `Client` does.
            "grpc.initial_reconnect_backoff_ms": 100,
            "grpc.min_reconnect_backoff_ms": 100,
            "grpc.max_reconnect_backoff_ms": 1000,
        }
        if address.secure:
            address.trusted()  # gRPC itself says little of a file that is none
            authority = address.authority and Path(address.authority).read_bytes()
            credentials = grpc.ssl_channel_credentials(authority)
            self._channel = grpc.secure_channel(address.netloc, credentials, list(options.items()))
        else:
            self._channel = grpc.insecure_channel(address.netloc, list(options.items()))
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._model, self._version, self._timeout = model, version, timeout

    def predict(self, images: list[bytes]) -> Outputs:
        from tensorflow import make_ndarray
        from tensorflow.core.framework import types_pb2

        request = self._addressed(self._requests[0]())
        request.model_spec.signature_name = SIGNATURE
        tensor = request.inputs[INPUT]
        tensor.dtype = types_pb2.DT_STRING
        tensor.tensor_shape.dim.add(size=len(images))
        tensor.string_val.extend(images)
        outputs = self._call(self._stub.Predict, request).outputs
        return {name: make_ndarray(outputs[name]) for name in outputs}

    def output_shapes(self) -> Mapping[str, tuple[int, ...]]:
        request = self._addressed(self._requests[1](metadata_field=["signature_def"]))
        found = self._metadata()
        self._call(self._stub.GetModelMetadata, request).metadata["signature_def"].Unpack(found)
        outputs = found.signature_def[SIGNATURE].outputs
        return {name: tuple(dim.size for dim in outputs[name].tensor_shape.dim) for name in outputs}

    def close(self) -> None:
        self._channel.close()

    def _addressed(self, request: Any) -> Any:
        request.model_spec.name = self._model
        if self._version is not None:
            request.model_spec.version.value = self._version
        return request

    def _call(self, method: Callable, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout)
        except self._error as error:
            untrusted = any(words in error.details() for words in UNTRUSTED)
            kind = {
                self._codes.UNAVAILABLE: Untrusted if untrusted else NotNow,
                self._codes.DEADLINE_EXCEEDED: TimeoutError,
                self._codes.NOT_FOUND: UnknownModel,
            }.get(error.code(), Refused)
            raise kind(f"{error.code().name}: {_short(error.details())}") from None


class Rest:
    """The REST interface, in its column format. A connection for each request, so that threads may share a client."""

    def __init__(self, address: Address, model: str, version: int | None, timeout: float) -> None:
        connection = partial(http.client.HTTPConnection, address.netloc, timeout=timeout)
        if address.secure:
            trusted = address.trusted()
            connection = partial(http.client.HTTPSConnection, address.netloc, timeout=timeout, context=trusted)
        self._connection = connection
        path = f"{address.path}/v1/models/{quote(model, safe='')}"
        self._path = path if version is None else f"{path}/versions/{version}"

    def predict(self, images: list[bytes]) -> Outputs:
        rows = [{"b64": base64.b64encode(image).decode()} for image in images]
        answer = self._call("POST", ":predict", {"signature_name": SIGNATURE, "inputs": {INPUT: rows}})
        return answer["outputs"] if isinstance(answer.get("outputs"), dict) else {}

    def output_shapes(self) -> Mapping[str, tuple[int, ...]]:
        answer = self._call("GET", "/metadata")
        try:
            outputs = answer["metadata"]["signature_def"]["signature_def"][SIGNATURE]["outputs"]
            return {
                name: tuple(int(dim["size"]) for dim in output["tensor_shape"]["dim"])
                for name, output in outputs.items()
            }
        except (KeyError, TypeError, AttributeError):
            raise Refused("its metadata are of another form") from None

    def close(self) -> None:
        """Nothing stays open."""

    def _call(self, method: str, what: str, body: Any = None) -> dict:
        connection = self._connection()
        try:
            connection.request(method, self._path + what, None if body is None else json.dumps(body))
            response = connection.getresponse()
            status, text = response.status, response.read()
        except TimeoutError:
            raise
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(error.verify_message) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotNow(_short(str(error)) or type(error).__name__) from None
        finally:
            connection.close()
        return self._read(status, text)

    @staticmethod
    def _read(status: int, text: bytes) -> dict:
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        reason = answer.get("error") if isinstance(answer, dict) else None
        reason = f"HTTP {status}: {_short(str(reason or text[:200].decode(errors='replace')))}"
        if status >= 500:
            raise NotNow(reason)
        if status == 404 and isinstance(answer, dict):
            raise UnknownModel(reason)
        if status != 200 or not isinstance(answer, dict):
            raise Refused(reason)
        return answer


TRANSPORTS = {"grpc": Grpc, "rest": Rest}


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
