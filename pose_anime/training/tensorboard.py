"""What TensorBoard shows of a run: its metrics by step, and validation examples with the joints that were found."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.render.overlay import draw_skeleton
from pose_anime.training.callbacks import Validation, learning_rate, step

PICTURES = 4


class TensorBoard(keras.callbacks.Callback):
    """Writes after every interval the scalars `loss`, `learning_rate`, `val_loss`, `pdj/GROUP` and `pictures`.

    (Keras's callback of that name counts intervals instead of steps and knows no pictures.)

    Args:
        folder: for the logs.
        validation: whose examples are shown; it must act before this. None: no pictures.
    """

    def __init__(self, folder: Path, validation: Validation | None) -> None:
        super().__init__()
        self.folder, self.validation = folder, validation

    def on_train_begin(self, logs=None):
        self.writer = tf.summary.create_file_writer(str(self.folder))

    def on_epoch_end(self, epoch, logs=None):
        try:
            with self.writer.as_default(step(self.model)):
                tf.summary.scalar("learning_rate", learning_rate(self.model))
                for name, value in logs.items():
                    tf.summary.scalar(name.replace("val_pdj_", "pdj/"), float(value))
                if self.validation:
                    tf.summary.image("pictures", self._pictures(), max_outputs=PICTURES)
            self.writer.flush()
        except tf.errors.OpError as error:
            raise BadFile(self.folder, f"cannot be written ({error.message})", "free space and start again") from error

    def on_train_end(self, logs=None):
        self.writer.close()

    def _pictures(self) -> np.ndarray:
        """uint8 [N, S, S, 3]: what was found in colours over the truth in white."""
        images, predicted, targets = (values[:PICTURES] for values in self.validation.first)
        skeleton, size = self.validation.skeleton, images.shape[1]
        truth = np.where(targets[..., 2:] > 0, targets[..., :2], np.nan)
        return np.stack(
            [
                draw_skeleton(Image.fromarray(image.round().astype(np.uint8)), found, skeleton, truth=true)
                for image, found, true in zip(images, (predicted + 0.5) * size, (truth + 0.5) * size, strict=True)
            ]
        )
