"""An order during which the process that makes it crashes, as a driver does on a bad mesh."""

import os
from dataclasses import dataclass
from signal import SIGSEGV, Signals

from pose_anime.synth.generate import Order
from pose_anime.synth.studio import Studio


@dataclass(frozen=True)
class CrashingOrder(Order):
    """`signal` ends the process that draws the character `victim`, or, in the example `index`, any."""

    signal: Signals = SIGSEGV
    victim: str = ""
    index: int = -1

    def make(self, shard, studio: Studio, progress=lambda: None):
        draw, upload = studio._example, studio._renderer.upload

        def draw_or_crash(wanted, *arguments):
            if wanted.index == self.index and wanted.attempt == 0:
                os.kill(os.getpid(), self.signal)
            return draw(wanted, *arguments)

        def upload_or_crash(model):
            if self.victim and model.path.stem == self.victim:
                os.kill(os.getpid(), self.signal)
            return upload(model)

        studio._example, studio._renderer.upload = draw_or_crash, upload_or_crash
        return super().make(shard, studio, progress)
