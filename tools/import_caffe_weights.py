#!/usr/bin/env python3
"""Makes the ImageNet weights that training starts from, out of a network of Caffe's model zoo.

  tools/import_caffe_weights.py --download --net=googlenet --output=googlenet.npz
  tools/import_caffe_weights.py --input=bvlc_alexnet.caffemodel --net=alexnet --output=alexnet.npz

--download gets the .caffemodel (GoogLeNet 51 MB, AlexNet 233 MB) from the address in BVLC's model page, checks its
SHA-1 and goes on where an earlier try was cut off. Prints a JSON object: what was written and what was not used.
"""

import json
from pathlib import Path

from absl import app, flags

from pose_anime.errors import UserError, one_clear_line
from pose_anime.nets import model_zoo
from pose_anime.quiet import import_tensorflow

_INPUT = flags.DEFINE_string("input", None, "The .caffemodel.")
_DOWNLOAD = flags.DEFINE_bool("download", False, "Get the .caffemodel from BVLC, or from --url.")
_URL = flags.DEFINE_string("url", None, "Another address of the .caffemodel (with --download).")
_NET = flags.DEFINE_enum("net", None, list(model_zoo.ZOO), "Which network it is.", required=True)
_SHA1 = flags.DEFINE_string("sha1", None, "SHA-1 the .caffemodel must have; BVLC's by default with --download.")
_OUTPUT = flags.DEFINE_string("output", None, "The .npz to write.", required=True)


def main(argv: list[str]) -> None:
    """Reads the flags and converts."""
    if bool(_INPUT.value) == _DOWNLOAD.value:
        raise UserError("name where the weights come from: either --input=FILE or --download")
    output = Path(_OUTPUT.value)
    if output.suffix != ".npz":
        raise UserError(f"--output must end in .npz. Received: {output}")
    if _DOWNLOAD.value:
        source = model_zoo.ZOO[_NET.value]
        caffemodel = output.with_name(f".{output.stem}.caffemodel")
        model_zoo.download(_URL.value or source.url, caffemodel, _SHA1.value or source.sha1)
    else:
        caffemodel = Path(_INPUT.value)
        if _SHA1.value:
            model_zoo.check_sha1(caffemodel, _SHA1.value)
    import_tensorflow()
    from pose_anime.nets.conversion import convert

    try:
        transfer = convert(caffemodel, _NET.value, output)
    finally:
        if _DOWNLOAD.value:
            caffemodel.unlink()
    print(json.dumps({"output": str(output), "arrays": len(transfer.loaded), "not_used": list(transfer.unused)}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
