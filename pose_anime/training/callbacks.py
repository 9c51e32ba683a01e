"""What happens while a network trains: progress, validation by PDJ, the log, and stops by a lost loss or a signal."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from pose_anime.errors import Interrupted, UserError
from pose_anime.evaluation import pdj
from pose_anime.files import replacing
from pose_anime.skeleton import Skeleton
from pose_anime.training import optimizers
from pose_anime.training.losses import weighted_euclidean

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def learning_rate(model: keras.Model) -> float:
    """The learning rate at this point of the run (Keras 2.15 tells the last step's, Keras 3 the next one's)."""
    return float(model.optimizer.learning_rate.numpy())


def step(model: keras.Model) -> int:
    """Steps made so far, those of an interrupted run included."""
    return int(model.optimizer.iterations.numpy())


def lost(model: keras.Model, what: str) -> UserError:
    """The error that ends a run which cannot learn any more."""
    return UserError(
        f"{what} after step {step(model)} at learning rate {learning_rate(model):g}: "
        "try a lower --learning_rate; the last backup is untouched"
    )


class Progress(keras.callbacks.Callback):
    """One bar on stderr over all steps of the run. Close it: a run that is interrupted does not.

    Args:
        steps: of the whole run.
        title: of the bar.
        summed: over how many replicas the loss that it is told is a sum.
    """

    def __init__(self, steps: int, title: str, summed: int = 1) -> None:
        super().__init__()
        self.steps, self.title, self.summed, self.bar = steps, title, summed, None

    def on_train_begin(self, logs=None):
        self.bar = tqdm(total=self.steps, initial=step(self.model), desc=self.title, unit="step", mininterval=1)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(step(self.model) - self.bar.n)
        self.bar.set_postfix_str(f"loss {logs['loss'] / self.summed:.4f}", refresh=False)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


class Interruption(keras.callbacks.Callback):
    """Within its context a first SIGTERM or Ctrl-C ends the run after the step at hand; a second one acts at once.

    Args:
        interval: steps between backups.
    """

    def __init__(self, interval: int) -> None:
        super().__init__()
        self.interval, self.received, self.former = interval, None, {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():  # no other thread may handle signals
            self.former = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self.former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame) -> None:
        self.received = number
        self.__exit__()

    def on_train_batch_end(self, batch, logs=None):
        if self.received:
            made = step(self.model)
            raise Interrupted(
                self.received,
                f"{signal.Signals(self.received).name} after step {made}; "
                f"the same command goes on after step {made // self.interval * self.interval}",
            )


class StopWhenLost(keras.callbacks.Callback):
    """Ends the run with a clear line when the loss is not a number any more."""

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            raise lost(self.model, f"the loss is {logs['loss']}")


class Validation(keras.callbacks.Callback):
    """After every interval the loss and PDJ on the validation split, as `val_loss`, `val_pdj_GROUP`, `val_pdj_mean`.

    Args:
        data: tf.data of (image, target [N, K, 3]) batches, finite.
        skeleton: of the K joints; without a torso there is no PDJ.
        predict: images [N, S, S, 3] -> joints [N, K, 2]; the model's own `predict_on_batch` where None.

    Attributes:
        first: images, predicted joints and targets of the first batch of the last validation.
    """

    def __init__(self, data, skeleton: Skeleton, predict: Callable | None = None) -> None:
        super().__init__()
        self.data, self.skeleton, self.predict, self.first = data, skeleton, predict, None

    def on_epoch_end(self, epoch, logs=None):
        predict = self.predict or self.model.predict_on_batch
        batches = []
        with optimizers.averaged(self.model):
            for image, target in self.data:
                batches.append((np.asarray(predict(image)), target.numpy()))
                if len(batches) == 1:
                    self.first = (image.numpy(), *batches[0])
        predicted, target = (np.concatenate(part) for part in zip(*batches, strict=True))
        logs["val_loss"] = float(np.mean(weighted_euclidean(target, predicted)))
        if self.skeleton.torso:
            truth = np.where(target[..., 2:] > 0, target[..., :2], np.nan)
            errors = pdj.normalised_errors(predicted, truth, self.skeleton)
            logs.update({f"val_pdj_{group}": value for group, value in pdj.pdj(errors, self.skeleton).items()})


class Log(keras.callbacks.Callback):
    """Adds one JSON line an interval to `metrics.jsonl`: step, loss, learning rate, seconds, and the validation's.

    Lines of steps that an interrupted run made after its last backup are replaced.

    Args:
        path: the file; None writes none.

    Attributes:
        last: the last line.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.path, self.last = path, None

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        entry = {
            "step": step(self.model),
            "learning_rate": learning_rate(self.model),
            "seconds": round(time.monotonic() - self.start, 3),
        }
        entry |= {name: None if np.isnan(value) else round(float(value), 6) for name, value in logs.items()}
        self.last = entry
        if self.path:
            kept = [line for line in read_log(self.path) if line["step"] < entry["step"]]
            with replacing(self.path) as file:
                file.write("".join(json.dumps(line) + "\n" for line in [*kept, entry]).encode())


def read_log(path: Path) -> list[dict]:
    """The lines of a `metrics.jsonl`; none where there is no such file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
