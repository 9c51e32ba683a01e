"""An exported model behind gRPC in this process, as TensorFlow Serving would have it: to test and to measure with.

The Session loader is what the real server loads and runs models with, and the protos are its own (extra `serving`).
What it has not: batches made of several requests, other models, new versions.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    import grpc
    from tensorflow_serving.apis import prediction_service_pb2_grpc


class Servable:
    """A SavedModel in a Session: tensors fed and fetched by the names of its signatures.

    Args:
        version: folder of the SavedModel.

    Attributes:
        signatures: its `SignatureDef`s by name.
    """

    def __init__(self, version: str | os.PathLike) -> None:
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            loaded = tf.compat.v1.saved_model.loader.load(self._session, ["serve"], os.fspath(Path(version)))
        self.signatures = loaded.signature_def

    def __call__(self, signature: str, **inputs: Any) -> Mapping[str, np.ndarray]:
        """The outputs of a signature. Raises KeyError for one that it has not, `tf.errors.OpError`."""
        definition = self.signatures[signature]
        feeds = {definition.inputs[name].name: value for name, value in inputs.items()}
        return self._session.run({name: info.name for name, info in definition.outputs.items()}, feeds)


@contextlib.contextmanager
def grpc_server(
    servable: Servable,
    model: str,
    *,
    threads: int = 8,
    interceptors: Sequence[grpc.ServerInterceptor] = (),
    credentials: grpc.ServerCredentials | None = None,
) -> Iterator[str]:
    """A PredictionService of one model at a free port of this machine; gives its address, `127.0.0.1:PORT`.

    Args:
        servable: the model.
        model: its name.
        threads: requests that are answered at once.
        interceptors: of gRPC, called before each answer.
        credentials: of gRPC, to speak TLS with.

    Raises ImportError without grpc and tensorflow_serving.
    """
    import grpc
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    unlimited = [("grpc.max_receive_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(threads), interceptors=interceptors, options=unlimited)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_service(servable, model), server)
    anywhere = "127.0.0.1:0"
    port = server.add_secure_port(anywhere, credentials) if credentials else server.add_insecure_port(anywhere)
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _service(servable: Servable, model: str) -> prediction_service_pb2_grpc.PredictionServiceServicer:
    import grpc
    from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc

    def check(request: Any, context: grpc.ServicerContext) -> None:
        name = request.model_spec.name
        if name != model:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Latest({name})")

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
            check(request, context)
            inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
            try:
                outputs = servable(request.model_spec.signature_name or "serving_default", **inputs)
            except (tf.errors.OpError, KeyError) as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error)[:200])
            tensors = {name: tf.make_tensor_proto(value) for name, value in outputs.items()}
            return predict_pb2.PredictResponse(outputs=tensors)

        def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
            check(request, context)
            response = get_model_metadata_pb2.GetModelMetadataResponse()
            response.model_spec.name = model
            response.metadata["signature_def"].Pack(
                get_model_metadata_pb2.SignatureDefMap(signature_def=servable.signatures)
            )
            return response

    return Service()
