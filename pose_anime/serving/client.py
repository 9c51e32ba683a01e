"""Clients of TensorFlow Serving for exported models, by gRPC or REST: encoded pictures in, joints and scores out.

`transports` knows how one request is made; `Client` batches, tries again and checks what comes back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from pose_anime.errors import UserError
from pose_anime.serving.batches import batches
from pose_anime.serving.transports import TRANSPORTS, Address, NotNow, Refused, UnknownModel, Untrusted
from pose_anime.skeleton import COCO17, DRAWINGS21, LSP14, Skeleton, get

OUTPUTS = "joints", "scores"
PORTS = {"grpc": 8500, "rest": 8501}  # of tensorflow_model_server and its Docker image
SCHEMES = {"grpc": "grpc", "grpcs": "grpc", "http": "rest", "https": "rest"}
SECURE = {"grpcs", "https"}
PORT_OF_SCHEME = {"http": 80, "https": 443, "grpcs": 443}  # where the address names none
SERVED_BY_COUNT = {len(skeleton): skeleton for skeleton in (DRAWINGS21, LSP14, COCO17)}
IMAGE_BYTES = 2 * 2**20  # a larger picture counts as several of a batch
FIRST_WAIT = 0.2  # seconds before the second attempt, doubled before each further one

Result = TypeVar("Result")


class Client:
    """An exported model on a server.

    Args:
        server: `host:port`, or `grpc://host:port`, or `http://host:port[/prefix]` for REST; by TLS `grpcs://`, `https://`.
        model: its name on the server.
        protocol: "grpc" or "rest"; None: what the scheme says, else REST at port 8501 and gRPC at any other.
        version: of the model; None: the newest that the server serves.
        skeleton: name of the skeleton of its joints; None: the one of as many joints as the model says it gives.
        timeout: seconds that one request may take.
        retries: further attempts where the server is not there, breaks off or is busy (gRPC UNAVAILABLE, HTTP 5xx),
            after 0.2 s, 0.4 s, 0.8 s, … Nothing else is tried again.
        batch_size: pictures of one request at most.
        ca_certificate: with TLS, a PEM file of the certificates that may vouch for the server (its own will do); None:
            those that are trusted anyway, by the system (REST) or by the package of gRPC.

    Raises:
        UserError: of the constructor: an address that is none, a file without certificates (BadFile), a certificate for
            a server without TLS, or gRPC without the package it needs. Of every
            method: the server does not answer, not in time, does not know the model, refuses, or answers otherwise
            than an exported model does.

    Example:
        with Client("localhost:8500", model="mine") as client:
            joints, scores = client.predict([Path("drawing.png").read_bytes()])
            dict(zip(client.skeleton.joints, joints[0]))["wrist_left"]
    """

    def __init__(
        self,
        server: str,
        model: str = "default",
        *,
        protocol: str | None = None,
        version: int | None = None,
        skeleton: str | None = None,
        timeout: float = 30.0,
        retries: int = 4,
        batch_size: int = 16,
        ca_certificate: str | os.PathLike | None = None,
    ) -> None:
        protocol, address = _parsed(server, protocol, ca_certificate)
        self.server, self.model, self.protocol = server, model, protocol
        self._transport = TRANSPORTS[protocol](address, model, version, timeout)
        self._skeleton = get(skeleton) if skeleton else None
        self._timeout, self._retries, self._batch_size = timeout, retries, batch_size

    @property
    def skeleton(self) -> Skeleton:
        """Names and order of the joints; asks the server at the first time."""
        if self._skeleton is None:
            shapes = self._patiently(self._transport.output_shapes)
            count = shapes.get("joints", (0, 0, 0))[-2:][0]
            if count not in SERVED_BY_COUNT:
                raise self._strange(f"its joints are of shape {shapes.get('joints')}; if that is right, name skeleton=")
            self._skeleton = SERVED_BY_COUNT[count]
        return self._skeleton

    def predict(self, images: Iterable[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """The joints of encoded pictures of any sizes, in their order, by as many requests as it takes.

        Args:
            images: files of JPEG, PNG, BMP or GIF, as bytes.

        Returns:
            joints float [N, K, 2], pixels of each picture, and scores float [N, K], 0..1; a picture that the server
            cannot decode has joints NaN and scores 0.
        """
        answers = [
            self._patiently(self._answer, batch)
            for batch in batches(images, self._batch_size, lambda image: max(1.0, len(image) / IMAGE_BYTES))
        ]
        if not answers:
            count = len(self.skeleton)
            return np.zeros((0, count, 2), np.float32), np.zeros((0, count), np.float32)
        joints, scores = zip(*answers, strict=True)
        return np.concatenate(joints), np.concatenate(scores)

    def close(self) -> None:
        """Lets the connection go."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _answer(self, images: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
        outputs = self._transport.predict(images)
        try:
            joints, scores = (np.asarray(outputs[name], np.float32) for name in OUTPUTS)
        except (KeyError, TypeError, ValueError):
            raise self._strange(f"it has no numbers named {' and '.join(OUTPUTS)}") from None
        count = len(self._skeleton) if self._skeleton else scores.shape[-1] if scores.ndim else 0
        if joints.shape != (len(images), count, 2) or scores.shape != (len(images), count):
            shapes = f"joints {list(joints.shape)}, scores {list(scores.shape)}"
            raise self._strange(f"expected [{len(images)}, {count}, 2] and [{len(images)}, {count}], received {shapes}")
        return joints, scores

    def _patiently(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """A call that is made again, each time after a longer wait, while the server cannot be reached."""
        for attempt in range(self._retries + 1):
            try:
                return call(*arguments)
            except NotNow as error:
                if attempt == self._retries:
                    tried = f"after {attempt + 1} attempts" if attempt else "at the only attempt"
                    remedy = f"check that a server listens for {self.protocol} there"
                    raise UserError(f"{self.server}: no answer {tried} ({error}); {remedy}") from None
                time.sleep(FIRST_WAIT * 2**attempt)
            except TimeoutError:
                remedy = "give it more time, or send fewer pictures at once"
                raise UserError(f"{self.server}: no answer within {self._timeout:g} s; {remedy}") from None
            except Untrusted as error:
                remedy = "name the host that it is for, and its authority: --ca_certificate"
                raise UserError(f"{self.server}: its certificate is not trusted ({error}); {remedy}") from None
            except UnknownModel as error:
                reason = f"does not serve the model {self.model!r} ({error})"
                raise UserError(f"{self.server}: {reason}; name one that it serves") from None
            except Refused as error:
                remedy = f"check that it is a server for {self.protocol}, and a model of tools/export.py"
                raise UserError(f"{self.server}: refused the request ({error}); {remedy}") from None
        raise AssertionError("unreachable")

    def _strange(self, reason: str) -> UserError:
        return UserError(
            f"{self.server}: the model {self.model!r} answers otherwise than one of tools/export.py: {reason}"
        )


def _parsed(server: str, protocol: str | None, authority: str | os.PathLike | None = None) -> tuple[str, Address]:
    """The protocol, and where its transport is to go."""
    try:
        url = urlsplit(server if "://" in server else "//" + server)
        host, port = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.scheme not in ("", *SCHEMES):
        raise UserError(f"{server!r} is no address of a server; write host:port, http://host:port or grpc://host:port")
    said = SCHEMES.get(url.scheme) or ("rest" if port == PORTS["rest"] else "grpc")
    protocol, secure = protocol or said, url.scheme in SECURE
    if protocol not in TRANSPORTS:
        raise UserError(f"protocol must be {' or '.join(TRANSPORTS)}. Received: {protocol!r}")
    if authority and not secure:
        raise UserError(f"{server}: a certificate is for TLS; write {'https' if protocol == 'rest' else 'grpcs'}://")
    port = port or PORT_OF_SCHEME.get(url.scheme, PORTS[protocol])
    netloc = f"{f'[{host}]' if ':' in host else host}:{port}"
    return protocol, Address(netloc, url.path.rstrip("/"), secure, authority)
