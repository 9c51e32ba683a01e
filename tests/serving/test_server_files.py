"""`NAME/serving/`: read with the official proto, by key and as YAML; the health check is run."""

import contextlib
import inspect
import json
import re
import shutil
import subprocess
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from local_server import running
from serving.servers import MODEL, real_server

from pose_anime.serving import server_files
from pose_anime.serving.client import Client

# Fields of BatchingParameters, which no package brings.
BATCHING_KEYS = {"max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "allowed_batch_sizes"}


@pytest.fixture(scope="module")
def folder(version):
    return version.parent / "serving"


def parsed_config(text):
    from google.protobuf import text_format

    pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
    (config,) = text_format.Parse(text, pb2.ModelServerConfig()).model_config_list.config
    return config


def command_of(compose):
    """Its flags as the server gets them."""
    (service,) = compose["services"].values()
    return dict(flag.replace("$$", "$").removeprefix("--").split("=", 1) for flag in service["command"])


def test_models_config(folder):
    config = parsed_config((folder / "models.config").read_text())
    assert (config.name, config.base_path, config.model_platform) == (MODEL, f"/models/{MODEL}", "tensorflow")
    assert config.model_version_policy.latest.num_versions == 2
    assert dict(config.version_labels) == {"stable": 1}


def test_batching(folder):
    text = re.sub("#.*", "", (folder / "batching.txt").read_text())
    keys = re.findall(r"^(\w+)(?: \{ value: \d+ \}|: \d+)$", text, re.M)
    assert len(keys) == len(text.split("\n")) - 2  # every line but the comment and the end
    assert set(keys) == BATCHING_KEYS
    sizes = [int(size) for size in re.findall(r"allowed_batch_sizes: (\d+)", text)]
    assert sizes == sorted(sizes)
    assert f"max_batch_size {{ value: {sizes[-1]} }}" in text
    assert inspect.signature(Client).parameters["batch_size"].default <= sizes[-1]


def test_compose(folder, version):
    compose = yaml.safe_load((folder / "compose.yaml").read_text())
    (service,) = compose["services"].values()
    assert service["image"] == "tensorflow/serving:2.20.0"
    assert service["ports"] == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    (mount,) = service["volumes"]
    assert (mount["type"], mount["source"], mount["read_only"]) == ("bind", "..", True)
    assert mount["target"] == parsed_config((folder / "models.config").read_text()).base_path
    command = command_of(compose)
    files = [command[name] for name in ("model_config_file", "batching_parameters_file", "monitoring_config_file")]
    for file in files:
        assert (version.parent / Path(file).relative_to(mount["target"])).is_file()
    assert command["enable_batching"] == command["allow_version_labels_for_unavailable_models"] == "true"


def test_docker_compose_reads_it(folder):
    docker = ["docker", "compose"]
    if not shutil.which("docker") or subprocess.run([*docker, "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    command = [*docker, "--file", folder / "compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("state, healthy", [("AVAILABLE", True), ("LOADING", False), (None, False)])
def test_the_health_check(folder, state, healthy):
    paths = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            paths.append(self.path)
            text = json.dumps({"model_version_status": [{"version": "1", "state": state}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    (service,) = yaml.safe_load((folder / "compose.yaml").read_text())["services"].values()
    _, *command = service["healthcheck"]["test"]
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        command[-1] = command[-1].replace("/8501", f"/{server.server_port if state else 1}")
        done = subprocess.run(command, capture_output=True, timeout=10)
    assert (done.returncode == 0) == healthy
    assert paths == ([f"/v1/models/{MODEL}"] if state else [])


def test_the_label_follows_the_versions(tmp_path):
    for version in (1, 2):
        server_files.write(tmp_path / "mine", version)
        config = parsed_config((tmp_path / "mine/serving/models.config").read_text())
        assert dict(config.version_labels) == {"stable": version}
    assert len(list((tmp_path / "mine/serving").iterdir())) == 4


def test_what_was_changed_is_kept(tmp_path):
    server_files.write(tmp_path, 1)
    changed = {path: path.read_text() + "# mine\n" for path in (tmp_path / "serving").iterdir()}
    for path, text in changed.items():
        path.write_text(text)
    server_files.write(tmp_path, 2)
    assert {path: path.read_text() for path in changed} == changed


@pytest.mark.parametrize("name", ["人形", 'a "b" $c'])
def test_any_name(name):
    config = parsed_config(server_files.models_config(name, 1))
    assert (config.name, config.base_path) == (name, f"/models/{name}")
    compose = yaml.safe_load(server_files.compose(name))
    assert command_of(compose)["model_config_file"] == f"/models/{name}/serving/models.config"


def test_the_real_server_takes_them(folder, version, pictures, tmp_path):
    config = (folder / "models.config").read_text().replace(f'"/models/{MODEL}"', json.dumps(str(version.parent)))
    (tmp_path / "models.config").write_text(config)
    files = {"model_config_file": tmp_path / "models.config", "batching_parameters_file": folder / "batching.txt"}
    flags = [f"--{name}={path}" for name, path in files.items()]
    flags += [f"--monitoring_config_file={folder / 'monitoring.txt'}", "--enable_batching=true"]
    flags += ["--allow_version_labels_for_unavailable_models=true"]
    with real_server(version.parent, "rest", flags=flags) as address, contextlib.ExitStack() as stack:

        def get(path):
            return stack.enter_context(urllib.request.urlopen(f"{address}{path}")).read()

        assert b'"AVAILABLE"' in get(f"/v1/models/{MODEL}/labels/stable")
        assert b"tensorflow" in get("/monitoring/prometheus/metrics")
