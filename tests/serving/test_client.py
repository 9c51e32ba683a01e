"""The clients against servers in this process, and against `tensorflow_model_server` where it is installed."""

import base64
import contextlib
import json
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from serving.servers import (
    MODEL,
    Servable,
    calm,
    first,
    grpc_server,
    real_server,
    rest_server,
    slow,
)

from pose_anime.errors import UserError
from pose_anime.serving import Predictor, client
from pose_anime.serving.client import Client
from pose_anime.serving.transports import Address
from pose_anime.skeleton import DRAWINGS21, LSP14

SERVERS = {"grpc": grpc_server, "rest": rest_server}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)


@pytest.fixture(scope="module")
def servable(version):
    return Servable(version)


@pytest.fixture(scope="module")
def images(pictures):
    return [path.read_bytes() for path in sorted(pictures.iterdir())]


@pytest.fixture(params=["grpc", "rest"])
def protocol(request):
    return request.param


@pytest.fixture
def serve(servable, protocol):
    """A function of a server's trouble that gives a client of it."""
    with contextlib.ExitStack() as stack:

        def served(trouble=calm, servable=servable, **options):
            address = stack.enter_context(SERVERS[protocol](servable, trouble))
            return stack.enter_context(Client(address, **{"model": MODEL} | options))

        yield served


@pytest.mark.parametrize("server", ["in this process", "real"])
def test_servers_answer_as_the_python_model(server, serve, protocol, version, images, pictures):
    with contextlib.ExitStack() as stack:
        if server == "real":
            client = stack.enter_context(
                Client(stack.enter_context(real_server(version.parent, protocol)), model=MODEL)
            )
        else:
            client = serve()
        joints, scores = client.predict([*images, b"no image"])
        assert client.protocol == protocol
        assert client.skeleton == DRAWINGS21
        asked = Predictor(client).predict(pictures / "tall.png")
    predictor = Predictor(version)
    for k, path in enumerate(sorted(pictures.iterdir())):
        expected = predictor.predict(path)
        np.testing.assert_allclose(joints[k], expected.joints, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(scores[k], expected.scores, rtol=1e-4, atol=1e-4)
    assert np.isnan(joints[-1]).all()
    assert not scores[-1].any()
    expected = predictor.predict(pictures / "tall.png")
    np.testing.assert_allclose(asked.joints, expected.joints, rtol=1e-4, atol=1e-4)
    assert asked.size == expected.size


def test_batches_keep_the_order(serve, images):
    client, small = serve(), serve(batch_size=2)
    many = images * 3
    np.testing.assert_allclose(small.predict(many)[0], client.predict(many)[0], rtol=1e-4, atol=1e-4)
    assert client.predict([])[0].shape == (0, 21, 2)


def test_many_threads_share_a_client(serve, images):
    client = serve()
    alone, _ = client.predict(images[:1])
    with ThreadPoolExecutor(8) as pool:
        for joints, _ in pool.map(lambda _: client.predict(images[:1]), range(16)):
            np.testing.assert_allclose(joints, alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("status", [503, None])
def test_a_server_that_is_not_ready_is_asked_again(serve, images, status):
    joints, _ = serve(first(2, status)).predict(images)
    assert joints.shape == (3, 21, 2)


def test_patience_ends(serve, images):
    with pytest.raises(UserError, match=r"no answer after 3 attempts \(.*trouble 503"):
        serve(first(9, 503), retries=2).predict(images)


def test_a_cut_connection_without_retries(serve, images):
    with pytest.raises(UserError, match="no answer at the only attempt"):
        serve(first(9, None), retries=0).predict(images)


def test_a_slow_server_is_not_asked_again(serve, images):
    asked = []

    def trouble():
        asked.append(1)
        slow(1.0)()

    client = serve(trouble, timeout=0.3)
    with pytest.raises(UserError, match=r"no answer within 0\.3 s; give it more time"):
        client.predict(images)
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:1", "http://127.0.0.1:1"])
def test_nobody_there(address, images):
    pytest.importorskip("tensorflow_serving")
    with Client(address, retries=1) as client, pytest.raises(UserError, match=r"127\.0\.0\.1:1: no answer after 2"):
        client.predict(images)


def test_an_unknown_model(serve, images):
    with pytest.raises(UserError, match=r"does not serve the model 'other' \(.*Servable not found"):
        serve(model="other").predict(images)


def test_another_shape(serve, servable, images):
    class Other:
        signatures = servable.signatures

        def __call__(self, signature, **inputs):
            return {"joints": np.zeros((len(inputs["image_bytes"]), 42), "float32")}

    with pytest.raises(UserError, match=r"answers otherwise .* joints and scores"):
        serve(servable=Other()).predict(images)


def test_another_skeleton_than_the_one_named(serve, images):
    with pytest.raises(UserError, match=r"expected \[3, 14, 2\].*received joints \[3, 21, 2\]"):
        serve(skeleton=LSP14.name).predict(images)


def test_a_server_of_something_else(servable, images):
    with (
        rest_server(servable) as address,
        Client(f"{address}/elsewhere", model=MODEL, retries=0) as client,
        pytest.raises(UserError, match=r"refused the request \(HTTP 404.*; check that it is a server for rest"),
    ):
        client.predict(images)


@pytest.mark.parametrize(
    ("address", "protocol", "expected"),
    [
        ("host:8500", None, ("grpc", "host:8500")),
        ("host", None, ("grpc", "host:8500")),
        ("grpc://host:8501", None, ("grpc", "host:8501")),
        ("[::1]:9000", None, ("grpc", "[::1]:9000")),
        ("host:8501", None, ("rest", "host:8501")),
        ("host:9000", "rest", ("rest", "host:9000")),
        ("http://host/models/", None, ("rest", "host:80", "/models")),
        ("https://host/models", None, ("rest", "host:443", "/models", True)),
        ("grpcs://host", None, ("grpc", "host:443", "", True)),
        ("grpcs://host:8500", None, ("grpc", "host:8500", "", True)),
    ],
)
def test_addresses(address, protocol, expected):
    assert client._parsed(address, protocol) == (expected[0], Address(*expected[1:]))


@pytest.mark.parametrize("address", ["", "host:port", "ftp://host", "host:99999"])
def test_no_address(address):
    with pytest.raises(UserError, match="is no address of a server"):
        Client(address)


def test_grpc_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving", None)
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(UserError, match=r"gRPC needs .*pose_anime\[serving\].*REST"):
        Client("host:8500")


@pytest.mark.parametrize("shorthand", [True, False])
def test_rows_and_columns_of_rest_say_the_same(servable, images, shorthand):
    cells = [{"b64": base64.b64encode(image).decode()} for image in images]
    rows = {"instances": cells if shorthand else [{"image_bytes": cell} for cell in cells]}
    columns = {"inputs": cells if shorthand else {"image_bytes": cells}}
    with rest_server(servable) as address:

        def post(body):
            request = urllib.request.Request(f"{address}/v1/models/{MODEL}:predict", json.dumps(body).encode())
            with urllib.request.urlopen(request) as response:
                return json.load(response)

        by_row, by_column = post(rows)["predictions"], post(columns)["outputs"]
    for name in ("joints", "scores"):
        np.testing.assert_allclose([row[name] for row in by_row], by_column[name], rtol=1e-4, atol=1e-4)
