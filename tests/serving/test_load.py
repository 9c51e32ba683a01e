"""Many clients at once, and pictures made to do harm, against a server in this process."""

import io
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from serving.servers import MODEL, Servable, grpc_server

from pose_anime.serving.client import Client

CLIENTS, REQUESTS = 64, 20
MEGABYTE = 2**20


def png(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "pink").save(file, "PNG", compress_level=1)
    return file.getvalue()


def memory():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(scope="module")
def address(version):
    with grpc_server(Servable(version)) as address:
        yield address


def test_what_is_no_usual_picture_is_answered_row_by_row(address):
    noise = np.random.default_rng(0).bytes(5000)
    good = png(40, 60)
    rows = [good, noise, b"", png(1, 1), png(1, 5000), png(5000, 1), good[:30] + noise]
    with Client(address, MODEL, timeout=300) as client:
        joints, scores = client.predict(rows)
        alone, _ = client.predict([good])
    for bad in (1, 2, 6):
        assert np.isnan(joints[bad]).all()
        assert not scores[bad].any()
    assert np.isfinite(joints[[0, 3, 4, 5]]).all()
    np.testing.assert_allclose(joints[0], alone[0], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_many_clients_at_once_leave_nothing_behind(address):
    image = png(424, 600)

    def ask(_):
        with Client(address, MODEL, timeout=300) as client:
            for _ in range(REQUESTS):
                joints, _ = client.predict([image])
                assert np.isfinite(joints).all()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(CLIENTS)))
        before = memory()
        list(pool.map(ask, range(CLIENTS)))
    assert memory() - before < 64 * MEGABYTE


@pytest.mark.slow
def test_a_picture_of_100_megapixels_needs_bounded_memory(address):
    with Client(address, MODEL, timeout=600) as client:
        client.predict([png(40, 60)])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, scores = client.predict([png(10_000, 10_000), png(40, 60)])
    assert scores[1].all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2048 * 1024
