#!/usr/bin/env python3
"""Makes a table or figure of the paper from the data at hand: trains what is not trained yet, measures, puts together.

Without data the embedded samples take its place: renders of their characters, drawings made by code. What cannot be
made is named with what it takes. OUTPUT_DIR/RESULT receives result.md, result.json, pictures and, where systems are
compared, report.html; data and runs lie beside it and serve all results. Stopped in the middle, the same command goes
on. Prints result.md.
"""

import functools
import json
import sys
from pathlib import Path

from absl import app, flags

from pose_anime.errors import BadFile, one_clear_line
from pose_anime.files import write_json
from pose_anime.quiet import import_tensorflow
from pose_anime.reproduction.results import RESULTS

_RESULT = flags.DEFINE_enum("result", None, list(RESULTS), "Table or figure of the paper.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for results, data and runs.", required=True)
_SCALE = flags.DEFINE_float(
    "scale", 0.001, "Factor on the paper's steps and renders; all that is written says so.", 1e-5, 1
)
_RENDERS = flags.DEFINE_string("renders", None, "Data set folder of render_synthetic.py.")
_DRAWINGS = flags.DEFINE_string("drawings", None, "Data set folder of import_drawings.py.")
_LSP = flags.DEFINE_string("lsp", None, "Data set folder of import_lsp.py.")
_CATALOG = flags.DEFINE_string("catalog", None, "catalog.json that --renders was made from, for table1.")
_WEIGHTS = flags.DEFINE_string(
    "weights", None, "GoogLeNet of ImageNet (.npz): trains as the paper; else a small network, from random weights."
)
_SEED = flags.DEFINE_integer("seed", 0, "Of samples, renders, training and pictures.", lower_bound=0)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", None, "Side of the networks' input, pixels.", lower_bound=32)
_WIDTH = flags.DEFINE_float("width", None, "Factor on the networks' filters.")
_BATCH_NORM = flags.DEFINE_bool("batch_norm", None, "Batch normalisation.")
_DROPOUT = flags.DEFINE_float("dropout", None, "Fraction of features dropped in training.")

TOOLS = Path(__file__).resolve().parent
NET = ("image_size", "width", "batch_norm", "dropout")
SETTINGS = ("scale", "seed", "renders", "drawings", "weights", *NET)  # that runs and samples depend on


def main(argv: list[str]) -> int:
    """Reads the flags, makes the result and says what is missing."""
    output = Path(_OUTPUT_DIR.value).resolve()
    _keep_settings(output)
    import_tensorflow()
    from pose_anime.reproduction import commands
    from pose_anime.reproduction.make import make
    from pose_anime.reproduction.material import Material
    from pose_anime.reproduction.runs import Runs
    from pose_anime.reproduction.scale import Scale
    from pose_anime.reproduction.workshop import Workshop
    from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS

    folders = {RENDERS: _RENDERS.value, DRAWINGS: _DRAWINGS.value, PHOTOGRAPHS: _LSP.value}
    net = {name: value for name in NET if (value := flags.FLAGS[name].value) is not None}
    material = Material(
        output=output,
        given={kind: Path(folder).resolve() for kind, folder in folders.items() if folder},
        scale=Scale(_SCALE.value, pretrained=bool(_WEIGHTS.value), net=net),
        seed=_SEED.value,
        call=functools.partial(commands.call, TOOLS),
        catalog=Path(_CATALOG.value) if _CATALOG.value else None,
    )
    weights = Path(_WEIGHTS.value).resolve() if _WEIGHTS.value else None
    workshop = Workshop(output, material, Runs(output / "runs", material, weights, _SEED.value), _SEED.value)
    outcome = make(_RESULT.value, workshop)
    for line in outcome.missing:
        print(f"missing: {line}", file=sys.stderr)
    if outcome.empty:
        return 1
    print(outcome.markdown(workshop.title(_RESULT.value)), end="")
    print(f"written to {output / _RESULT.value}", file=sys.stderr)
    return 0


def _keep_settings(output: Path) -> None:
    """Notes what runs and samples in the folder depend on. Raises BadFile where it was something else before."""
    path = output / "settings.json"
    settings = {name: flags.FLAGS[name].value for name in SETTINGS}
    former = json.loads(path.read_text()) if path.exists() else settings
    different = [name for name in SETTINGS if former.get(name) != settings[name]]
    if different:
        names = ", ".join(f"--{name}={former.get(name)}" for name in different)
        raise BadFile(output, f"holds results of {names}", "choose another --output_dir, or remove this one")
    write_json(path, settings)


if __name__ == "__main__":
    app.run(one_clear_line(main))
