"""Many clients at once, and pictures made to do harm, against servers in this process."""

import functools
import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from serving.servers import MODEL, Servable, grpc_server, rest_server

from pose_anime import machine
from pose_anime.serving.client import Client

SERVERS = {"grpc": grpc_server, "rest": rest_server}
CLIENTS, SECONDS = 64, 30


def png(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "pink").save(file, "PNG", compress_level=1)
    return file.getvalue()


@functools.cache
def huge(side=10_000):
    """A sound PNG of 100 megapixels in 300 kB, made without holding them."""
    rows = zlib.compressobj(1)
    data = b"".join(rows.compress(bytes(1 + 3 * side)) for _ in range(side)) + rows.flush()
    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    chunks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture(scope="module")
def servable(version):
    return Servable(version)


@pytest.fixture(params=SERVERS)
def client(request, servable):
    with SERVERS[request.param](servable) as address, Client(address, MODEL, timeout=300) as client:
        yield client


def test_what_is_no_usual_picture_is_answered_row_by_row(client):
    noise = np.random.default_rng(0).bytes(5000)
    good = png(40, 60)
    bad = {1: noise, 2: b"", 6: good[:30] + noise, 7: huge()}
    rows = [good, noise, b"", png(1, 1), png(1, 5000), png(5000, 1), *(bad[row] for row in (6, 7)), good]
    joints, scores = client.predict(rows)
    for row in range(len(rows)):
        if row in bad:
            assert np.isnan(joints[row]).all() and not scores[row].any(), row
        else:
            assert np.isfinite(joints[row]).all() and scores[row].all(), row
    alone, _ = client.predict([good])
    for row in (0, 8):
        np.testing.assert_allclose(joints[row], alone[0], rtol=1e-4, atol=1e-4)


def test_huge_pictures_need_no_memory(client):
    """Decoded, one has 300 MB, and 1.2 GB as floats."""
    client.predict([png(40, 60)])
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of now
    before = machine.memory_mib(peak=True)
    _, scores = client.predict([huge()] * 8)
    assert not scores.any()
    assert machine.memory_mib(peak=True) - before < 150


@pytest.mark.slow
def test_many_clients_at_once_leave_nothing_behind(servable):
    image = png(424, 600)

    def answers(seconds):
        """How many all clients together have from so many seconds."""
        end = time.monotonic() + seconds

        def ask(_):
            answered = 0
            with Client(address, MODEL, timeout=60, retries=0) as client:
                while time.monotonic() < end or not answered:
                    joints, _ = client.predict([image])
                    assert np.isfinite(joints).all()
                    answered += 1
            return answered

        return sum(pool.map(ask, range(CLIENTS)))

    with grpc_server(servable) as address, ThreadPoolExecutor(CLIENTS) as pool:
        answers(SECONDS / 3)
        before = machine.memory_mib()
        answered = answers(SECONDS)
        grown = machine.memory_mib() - before
    print(f"{CLIENTS} clients, {SECONDS} s: {answered} answers, {grown:+.0f} MiB of {before:.0f}")
    assert grown < 64
