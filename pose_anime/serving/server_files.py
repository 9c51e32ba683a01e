"""The files with which TensorFlow Serving is started: `NAME/serving/` beside the versions of a model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

from pose_anime.files import replacing

IMAGE = "tensorflow/serving:2.20.0"
FOLDER = "serving"
MODELS, BATCHING, MONITORING, COMPOSE = "models.config", "batching.txt", "monitoring.txt", "compose.yaml"
BATCH_SIZES = (1, 2, 4, 8, 16)  # to which the server fills batches up; requests of more pictures it refuses


def write(model_dir: Path, version: int) -> None:
    """Writes the files of a model, each complete or not at all.

    A file that is there already is kept, because it may have been changed. Only a `models.config` that is as this
    function wrote it for an earlier version is renewed, so that its label `stable` moves to the new one.

    Args:
        model_dir: `savedmodels/NAME`.
        version: the one that was published last.

    Raises:
        BadFile: the folder cannot be written to.
    """
    name = model_dir.resolve().name
    texts = {MODELS: models_config(name, version), BATCHING: batching(), MONITORING: monitoring()}
    for file, text in {**texts, COMPOSE: compose(name)}.items():
        path = model_dir / FOLDER / file
        if not path.exists() or (file == MODELS and _unchanged(path.read_text(encoding="utf-8"), name)):
            with replacing(path) as stream:
                stream.write(text.encode())


def models_config(name: str, version: int) -> str:
    """What is served (`ModelServerConfig`): the newest two versions, so that the label can move without a gap."""
    return f"""\
# The newest two versions are served; requests that name none get the newest. Moving the label to another version of
# the two, or `specific {{ versions: N }}` instead of `latest`, takes effect within seconds, without a restart.
model_config_list {{
  config {{
    name: {_quoted(name)}
    base_path: {_quoted("/models/" + name)}
    model_platform: "tensorflow"
    model_version_policy {{ latest {{ num_versions: 2 }} }}
    version_labels {{ key: "stable" value: {version} }}
  }}
}}
"""


def batching() -> str:
    """How requests that arrive together become one batch (`BatchingParameters`)."""
    allowed = "\n".join(f"allowed_batch_sizes: {size}" for size in BATCH_SIZES)
    return f"""\
# The last allowed size must be max_batch_size. num_batch_threads is left to the server: one for each core.
max_batch_size {{ value: {BATCH_SIZES[-1]} }}
batch_timeout_micros {{ value: 2000 }}
max_enqueued_batches {{ value: 128 }}
{allowed}
"""


def monitoring() -> str:
    """Metrics for Prometheus (`MonitoringConfig`), at the REST port."""
    return 'prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }\n'


def compose(name: str) -> str:
    """A Docker Compose file that serves the model on this machine."""
    folder = f"/models/{name}"
    options = {
        "model_config_file": f"{folder}/{FOLDER}/{MODELS}",
        "model_config_file_poll_wait_seconds": 10,
        # A label may be given before its version is loaded, as at the start; one in use waits until it is.
        "allow_version_labels_for_unavailable_models": "true",
        "enable_batching": "true",
        "batching_parameters_file": f"{folder}/{FOLDER}/{BATCHING}",
        "monitoring_config_file": f"{folder}/{FOLDER}/{MONITORING}",
    }
    command = "\n".join(f"      - {_interpolated(f'--{option}={value}')}" for option, value in options.items())
    return f"""\
# docker compose --file THIS_FILE up --detach --wait
services:
  model:
    image: {IMAGE}
    command:  # after --port=8500 --rest_api_port=8501 of the image
{command}
    volumes:
      - {{type: bind, source: .., target: {_interpolated(folder)}, read_only: true}}
    ports:  # without 127.0.0.1 other machines reach it too; the server asks nobody for a password
      - "127.0.0.1:8500:8500"  # gRPC
      - "127.0.0.1:8501:8501"  # REST and metrics
    restart: unless-stopped
    healthcheck:  # the image has no curl
      test:
        - CMD
        - bash
        - -c
        - |
          exec 3<>/dev/tcp/127.0.0.1/8501
          printf '%s\\r\\n' 'GET /v1/models/{quote(name)} HTTP/1.1' 'Host: localhost' 'Connection: close' '' >&3
          grep -q '"AVAILABLE"' <&3
      interval: 10s
      timeout: 5s
      start_period: 120s
"""


def _unchanged(text: str, name: str) -> bool:
    """Whether a `models.config` is one of `models_config`, of whatever version."""
    label = re.search(r'key: "stable" value: (\d+)', text)
    return bool(label) and text == models_config(name, int(label[1]))


def _quoted(text: str) -> str:
    """A string of protobuf's text format."""
    return json.dumps(text, ensure_ascii=False)


def _interpolated(text: str) -> str:
    """A string of a Compose file, where $ begins a variable."""
    return json.dumps(text.replace("$", "$$"), ensure_ascii=False)
