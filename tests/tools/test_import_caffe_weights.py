"""tools/import_caffe_weights.py as a user runs it, against a server on this machine."""

import hashlib
import json
from pathlib import Path

import caffe_files
import fork_server
import numpy as np
import pytest
from file_server import FileServer
from local_server import running

TOOL = Path(__file__).parents[2] / "tools" / "import_caffe_weights.py"
SMALL = caffe_files.caffemodel({"conv1": ("InnerProduct", np.ones((2, 3)), np.ones(2))})


def run(*flags, net="googlenet"):
    return fork_server.run([TOOL, f"--net={net}", *flags])


def error_of(done):
    """The one line of a failed run, without the progress that may stand before it."""
    assert done.returncode == 1, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in done.stderr
    return line


@pytest.fixture(scope="module")
def googlenet():
    """GoogLeNet with random weights: Keras's layout, and the file with a layer more."""
    from pose_anime.nets import inception_v1, weights

    table = weights.table_of(inception_v1.classifier())
    extra = {"loss1/fc": ("InnerProduct", np.ones((2, 3)), np.ones(2))}
    return table, caffe_files.caffemodel(caffe_files.caffe_layers(table) | extra)


@pytest.fixture
def server():
    with running(FileServer(SMALL)) as server:
        yield server


def test_file_from_a_server(googlenet, server, tmp_path):
    table, server.data = googlenet
    output = tmp_path / "googlenet.npz"
    sha1 = hashlib.sha1(server.data).hexdigest()
    done = run("--download", f"--url={server.url}", f"--sha1={sha1}", f"--output={output}")
    assert done.returncode == 0, done.stderr
    unused = ["loss1_fc/kernel", "loss1_fc/bias"]
    assert json.loads(done.stdout) == {"output": str(output), "arrays": 116, "not_used": unused}
    assert list(tmp_path.iterdir()) == [output]
    with np.load(output) as arrays:
        assert len(arrays.files) == 116
        for layer in ("conv1_7x7_s2", "inception_5b_pool_proj", "loss3_classifier"):
            np.testing.assert_array_equal(arrays[f"{layer}/kernel"], table[layer]["kernel"])


@pytest.mark.parametrize("net, sha1", [("googlenet", "405fc5ac"), ("alexnet", "9116a64c")])
def test_bvlcs_checksum_counts_unless_another_is_given(server, net, sha1, tmp_path):
    done = run("--download", f"--url={server.url}", f"--output={tmp_path / 'net.npz'}", net=net)
    assert f"{server.url}: is another file than expected: SHA-1" in error_of(done)
    assert f"instead of {sha1}" in error_of(done)
    assert not list(tmp_path.iterdir())


def test_connection_that_ends_and_page_that_is_gone(server, tmp_path):
    flags = ("--download", f"--url={server.url}", f"--output={tmp_path / 'net.npz'}")
    server.manner = "cut"
    assert "the connection ended after" in error_of(run(*flags))
    server.manner = 404
    assert "the server answers 404" in error_of(run(*flags))
    assert [path.name for path in tmp_path.iterdir()] == [".net.caffemodel.part"]


def test_no_server(tmp_path):
    done = run("--download", "--url=http://127.0.0.1:9/net.caffemodel", f"--output={tmp_path / 'net.npz'}")
    assert "http://127.0.0.1:9/net.caffemodel: no answer" in error_of(done)
    assert not list(tmp_path.iterdir())


def test_another_network_is_refused(tmp_path):
    (tmp_path / "small.caffemodel").write_bytes(SMALL)
    done = run(f"--input={tmp_path / 'small.caffemodel'}", f"--output={tmp_path / 'net.npz'}")
    assert "small.caffemodel: no variable has the name of one of the net's" in error_of(done)
    assert not (tmp_path / "net.npz").exists()


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--output=a.npz"], "either --input=FILE or --download"),
        (["--output=a.npz", "--download", "--input=a.caffemodel"], "either --input=FILE or --download"),
        (["--output=a.h5", "--download"], "--output must end in .npz. Received: a.h5"),
        (["--output=a.npz", "--input=none.caffemodel", "--sha1=00"], "none.caffemodel: cannot be read"),
    ],
)
def test_flags_that_do_not_fit(flags, message):
    assert message in error_of(run(*flags))
