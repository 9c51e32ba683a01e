"""What happens while a network trains: progress, validation by PDJ, the log, and a stop when the loss is lost."""

import json
import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from pose_anime.errors import UserError
from pose_anime.evaluation import pdj
from pose_anime.files import replacing
from pose_anime.skeleton import Skeleton
from pose_anime.training.losses import weighted_euclidean


def learning_rate(model: keras.Model) -> float:
    """The learning rate at this point of the run (Keras 2.15 tells the last step's, Keras 3 the next one's)."""
    return float(model.optimizer.learning_rate)


def step(model: keras.Model) -> int:
    """Steps made so far, those of an interrupted run included."""
    return int(model.optimizer.iterations)


class Progress(keras.callbacks.Callback):
    """One bar on stderr over all steps of the run."""

    def __init__(self, steps: int, title: str) -> None:
        super().__init__()
        self.steps, self.title = steps, title

    def on_train_begin(self, logs=None):
        # A resumed run has been restored by now: BackupAndRestore comes first.
        self.bar = tqdm(total=self.steps, initial=step(self.model), desc=self.title, unit="step", mininterval=1)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(step(self.model) - self.bar.n)
        self.bar.set_postfix_str(f"loss {logs['loss']:.4f}", refresh=False)

    def on_train_end(self, logs=None):
        self.bar.close()


class StopWhenLost(keras.callbacks.Callback):
    """Ends the run with a clear line when the loss is not a number any more."""

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            raise UserError(
                f"the loss is {logs['loss']} after step {step(self.model)} at learning rate "
                f"{learning_rate(self.model):g}: try a lower --learning_rate; the last backup is untouched"
            )


class Validation(keras.callbacks.Callback):
    """After every interval the loss and PDJ on the validation split, as `val_loss`, `val_pdj_GROUP`, `val_pdj_mean`.

    Args:
        data: tf.data of (image, target [N, K, 3]) batches, finite.
        skeleton: of the K joints; without a torso there is no PDJ.
    """

    def __init__(self, data, skeleton: Skeleton) -> None:
        super().__init__()
        self.data, self.skeleton = data, skeleton

    def on_epoch_end(self, epoch, logs=None):
        batches = [(self.model.predict_on_batch(image), target.numpy()) for image, target in self.data]
        predicted, target = (np.concatenate(part) for part in zip(*batches, strict=True))
        logs["val_loss"] = float(np.mean(weighted_euclidean(target, predicted)))
        if self.skeleton.torso:
            truth = np.where(target[..., 2:] > 0, target[..., :2], np.nan)
            errors = pdj.normalised_errors(predicted, truth, self.skeleton)
            logs.update({f"val_pdj_{group}": value for group, value in pdj.pdj(errors, self.skeleton).items()})


class Log(keras.callbacks.Callback):
    """Adds one JSON line an interval to `metrics.jsonl`: step, loss, learning rate, seconds, and the validation's.

    Lines of steps that an interrupted run made after its last backup are replaced.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        entry = {
            "step": step(self.model),
            "learning_rate": learning_rate(self.model),
            "seconds": round(time.monotonic() - self.start, 3),
        }
        entry |= {name: None if np.isnan(value) else round(float(value), 6) for name, value in logs.items()}
        kept = [line for line in read_log(self.path) if line["step"] < entry["step"]]
        with replacing(self.path) as file:
            file.write("".join(json.dumps(line) + "\n" for line in [*kept, entry]).encode())


def read_log(path: Path) -> list[dict]:
    """The lines of a `metrics.jsonl`; none where there is no such file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
