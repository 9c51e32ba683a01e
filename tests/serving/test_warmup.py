"""The warm-up file: read with the official protos, and played as a server plays it."""

import contextlib

import numpy as np
import pytest
from serving.servers import MODEL, Servable, grpc_server, real_server

from pose_anime.serving import warmup
from pose_anime.serving.server_files import BATCH_SIZES


@pytest.fixture(scope="module")
def requests(version):
    import tensorflow as tf

    log = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    records = tf.data.TFRecordDataset(str(version / "assets.extra" / "tf_serving_warmup_requests"))
    return [log.PredictionLog.FromString(record.numpy()).predict_log.request for record in records]


def test_requests_of_all_batch_sizes_and_both_signatures(requests):
    specs = [request.model_spec for request in requests]
    assert {spec.name for spec in specs} == {MODEL}
    assert [spec.signature_name for spec in specs] == ["serving_default"] * len(BATCH_SIZES) + ["serving_image"]
    batches = [request.inputs["image_bytes"] for request in requests[:-1]]
    assert [batch.tensor_shape.dim[0].size for batch in batches] == [len(b.string_val) for b in batches]
    assert tuple(len(batch.string_val) for batch in batches) == BATCH_SIZES


@pytest.mark.parametrize("server", ["in this process", "real"])
def test_a_server_answers_them(requests, version, server):
    import grpc
    from tensorflow import make_ndarray
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    with contextlib.ExitStack() as stack:
        if server == "real":
            address = stack.enter_context(real_server(version.parent, "grpc")).removeprefix("grpc://")
        else:
            address = stack.enter_context(grpc_server(Servable(version)))
        stub = prediction_service_pb2_grpc.PredictionServiceStub(stack.enter_context(grpc.insecure_channel(address)))
        answers = [stub.Predict(request, timeout=60).outputs for request in requests]
    for answer, rows in zip(answers, (*BATCH_SIZES, 1), strict=True):
        joints, scores = make_ndarray(answer["joints"]), make_ndarray(answer["scores"])
        assert (joints.shape, scores.shape) == ((rows, 21, 2), (rows, 21))
        assert np.isfinite(joints).all()  # the pictures can be decoded
        assert (scores > 0).all()


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 16383, 16384, 2**31])
def test_varints(number):
    from google.protobuf.internal import encoder

    parts = []
    encoder._EncodeVarint(parts.append, number)
    assert warmup._varint(number) == b"".join(parts)
