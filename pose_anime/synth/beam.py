"""Shards through Apache Beam: a pipeline over their numbers, each made by the same function as everywhere.

Beam's workers may be threads or forks; the rendering is done in a process of its own beside each of them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence

import apache_beam
from apache_beam.options.pipeline_options import PipelineOptions

from pose_anime.errors import UserError
from pose_anime.synth.checks import describe
from pose_anime.synth.generate import Order
from pose_anime.synth.worker import RenderProcess


class MakeShard(apache_beam.DoFn):
    """Shard number -> shard number, once the shard is in its folder. Made again, a shard is the same."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process: RenderProcess | None = None
        self._examples = apache_beam.metrics.Metrics.counter("pose_anime", "examples")

    def process(self, shard: int) -> Iterator[int]:
        """Makes one shard. Raises UserError, for Beam to try again or to give up."""
        if self._process is None:
            self._process = RenderProcess(self._order)
        try:
            info = self._process.make(shard)
        except UserError:
            self.teardown()
            raise
        self._examples.inc(info.count)
        yield shard

    def teardown(self) -> None:
        """Ends the render process."""
        if self._process is not None:
            self._process.stop()
            self._process = None


def run(order: Order, shards: Sequence[int], arguments: Sequence[str], workers: int) -> None:
    """Makes shards and waits until all are made. Raises UserError where Beam gives up."""
    logging.getLogger("apache_beam").setLevel(logging.WARNING)
    # Without the second flag, the Direct runner looks for another one, Prism, to download.
    direct = [
        "--runner=DirectRunner",
        "--allow_unsafe_triggers",
        "--direct_running_mode=multi_threading",
        f"--direct_num_workers={workers}",
    ]
    try:
        pipeline = apache_beam.Pipeline(options=PipelineOptions([*direct, *arguments]))
        numbers = pipeline | apache_beam.Create(list(shards))
        # Without a shuffle, one worker would make them all.
        _ = numbers | apache_beam.Reshuffle() | apache_beam.ParDo(MakeShard(order))
        pipeline.run().wait_until_finish()
    except Exception as error:  # every runner has errors of its own
        raise UserError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """The line of a UserError within what Beam makes of it: the traceback as text."""
    found = re.findall(r"^(?:pose_anime\.errors\.)\w+: (.+?)(?: \[while running .*)?$", str(error), re.MULTILINE)
    return found[-1] if found else f"Apache Beam failed; {describe(error)}"
