#!/usr/bin/env python3
"""Exports a trained run as a SavedModel for TF Serving, under the next version number, or as one file for others.

--format=tflite and --format=onnx write OUTPUT_DIR/model.tflite and model.onnx: they take RGB 0..255 [N, S, S, 3] that
the caller has letterboxed and give joints in its pixels.

With --calibration_data the scores become probabilities that a joint lies within 0.2 torso of the true one, fitted to
a split that the run was not trained on. The fit stays in the run folder (calibration.json): later exports and the
Predictor use it. Without one the scores only rank joints.
"""

from absl import app, flags

from pose_anime.errors import one_clear_line
from pose_anime.quiet import import_tensorflow

_RUN_DIR = flags.DEFINE_string("run_dir", None, "Finished run folder of train.py.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "savedmodels/NAME.", required=True)
_FORMAT = flags.DEFINE_enum("format", "savedmodel", ["savedmodel", "tflite", "onnx"], "What to write.")
_CALIBRATION_DATA = flags.DEFINE_string(
    "calibration_data",
    None,
    "Data set folder to calibrate the scores on; default: the run folder's calibration, if any.",
)
_CALIBRATION_SPLIT = flags.DEFINE_enum(
    "calibration_split", "validation", ["train", "validation", "test"], "Split of --calibration_data."
)


@one_clear_line
def main(argv: list[str]) -> None:
    del argv
    import_tensorflow()
    from pose_anime.serving.export import calibrate, export
    from pose_anime.serving.single_file import export_file

    if _CALIBRATION_DATA.value:
        calibrate(_RUN_DIR.value, _CALIBRATION_DATA.value, _CALIBRATION_SPLIT.value)
    if _FORMAT.value == "savedmodel":
        print(export(_RUN_DIR.value, _OUTPUT_DIR.value))
    else:
        print(export_file(_RUN_DIR.value, _OUTPUT_DIR.value, _FORMAT.value))


if __name__ == "__main__":
    app.run(main)
