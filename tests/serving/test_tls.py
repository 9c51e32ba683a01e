"""Clients of servers that speak TLS, with a certificate made on the spot."""

import shutil
import ssl
import subprocess

import numpy as np
import pytest
from serving.servers import MODEL, Servable, grpc_server, rest_server

from pose_anime.errors import BadFile, UserError
from pose_anime.serving import client
from pose_anime.serving.client import Client


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that vouches for itself; the key lies beside it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not on the PATH: no certificate to test with")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path.with_suffix(".key"), "-out", path]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module", params=["grpc", "rest"])
def address(request, version, certificate):
    key = certificate.with_suffix(".key")
    if request.param == "grpc":
        grpc = pytest.importorskip("grpc")
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
        with grpc_server(Servable(version), credentials=credentials) as address:
            yield f"grpcs://{address}"
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with rest_server(Servable(version), context=context) as address:
            yield address


@pytest.fixture
def image(pictures):
    return (pictures / "tall.png").read_bytes()


def test_a_server_whose_certificate_is_named(address, certificate, image):
    with Client(address, MODEL, timeout=300, ca_certificate=certificate) as client:
        joints, scores = client.predict([image])
    assert np.isfinite(joints).all() and scores.any()


def test_a_server_that_nobody_vouches_for(address, image):
    with (
        Client(address, MODEL) as client,
        pytest.raises(UserError, match=r"its certificate is not trusted \(.*--ca_ce"),
    ):
        client.predict([image])


def test_a_certificate_of_another_host(address, certificate, image):
    elsewhere = address.replace("127.0.0.1", "localhost")
    with Client(elsewhere, MODEL, ca_certificate=certificate) as client, pytest.raises(UserError, match="not trusted"):
        client.predict([image])


def test_no_tls_where_it_is_spoken(address, certificate, image, monkeypatch):
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)
    plain = address.replace("grpcs:", "grpc:").replace("https:", "http:")
    with Client(plain, MODEL, retries=1) as asking, pytest.raises(UserError, match="no answer after 2 attempts"):
        asking.predict([image])
    with pytest.raises(UserError, match=r"a certificate is for TLS; write (https|grpcs)://"):
        Client(plain, MODEL, ca_certificate=certificate)


@pytest.mark.parametrize("scheme", ["grpcs", "https"])
def test_a_file_that_holds_no_certificate(tmp_path, scheme):
    if scheme == "grpcs":
        pytest.importorskip("tensorflow_serving")
    (tmp_path / "text.pem").write_text("Dear reader")
    with pytest.raises(BadFile, match=r"text\.pem: holds no certificate"):
        Client(f"{scheme}://host", ca_certificate=tmp_path / "text.pem")
    with pytest.raises(BadFile, match=r"gone\.pem: No such file"):
        Client(f"{scheme}://host", ca_certificate=tmp_path / "gone.pem")
