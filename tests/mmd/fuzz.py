"""Feeds mutated MMD files to the readers and to all that follows them: no file may hurt.

    python tests/mmd/fuzz.py --count=100000 --seed=0 [--seeds=DIR] [--processes=1] [--output=/tmp]

Input i of a seed is the same in every run. Each goes as far as it reads: model or motion, landmarks,
poses, skin, morphs, unique poses, textures. What may end it is a `UserError`; any other exception, more
than 2 s of computing or 1 GiB of memory, and numbers that nothing downstream could use (an index out of
range, a pose that is not finite) are failures. Their inputs are kept under --output beside their
tracebacks, one for each place where they come up. Exit status 1 if there was any.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import logging
import multiprocessing
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmd.fuzz_mutations import mutant
from mmd.fuzz_seeds import KINDS, Seed, made_seeds, real_seeds, small_figure, small_motion

from pose_anime.errors import UserError
from pose_anime.mmd import archive, texture_files
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.model import Deform, Model
from pose_anime.mmd.morphs import material_factors, morph_weights, morphed_positions, morphed_uvs
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.unique import unique_samples
from pose_anime.mmd.vmd import track_name

SECONDS = 2.0  # of computing that an input may take
MEMORY = 1 << 30  # bytes that it may take on top of the program
FRAMES = np.array([0.0, 7.5])
OUTCOMES = ("read", "refused", "failed")


class TooSlow(BaseException):
    """An input took more than `SECONDS` of computing."""


# --- the way of an input ---------------------------------------------------------------------------


def exercise(path: Path) -> None:
    """Sends a file the whole way. Raises UserError where it, or a file in it, is refused; all else is a failure."""
    suffix = path.suffix.lower()
    if suffix == ".zip":
        refusals = []
        for inside in [*archive.find_models(path), *archive.find_motions(path)]:
            try:
                exercise(inside) if inside != path else archive.read_model(path)  # a zip that cannot be read is listed
            except UserError as refusal:
                refusals.append(refusal)
        if refusals:
            raise refusals[0]
    elif suffix in archive.MODEL_SUFFIXES:
        _exercise_model(archive.read_model(path))
    elif suffix in archive.MOTION_SUFFIXES:
        _exercise_motion(archive.read_motion(path))
    else:
        model = small_figure()
        model.path = path.with_name("model.pmx")
        _check_picture(texture_files.load_texture(model, path.name))


def _exercise_model(model: Model) -> None:
    check_indices(model)
    landmarks, rig, motion = landmarks_of(model), Rig(model, pmd_followers=True), _motion_for(model)
    worlds = np.concatenate([rig.pose(None, [0], ik=False), rig.pose(motion, FRAMES, centred=True)])
    joints, _ = landmarks.positions(model, rig, worlds)
    assert np.isfinite(worlds).all() and np.isfinite(joints).all(), "a pose that is not finite"
    weights, count = morph_weights(model, motion, FRAMES), len(model.mesh.positions)
    few = np.arange(0, count, 1 + count // 16)
    positions = morphed_positions(model, weights, len(FRAMES), few)
    skin(model.mesh, rig.skin_matrices(worlds[1:]), positions, few)
    morphed_uvs(model, weights, len(FRAMES))
    material_factors(model, weights, len(FRAMES))
    for name in model.textures[:8]:
        _check_picture(texture_files.load_texture(model, name))


def _exercise_motion(motion: Motion) -> None:
    rig = _figure()
    poses = rig.pose(motion, [*FRAMES, motion.last_frame, motion.last_frame / 2])
    assert np.isfinite(poses).all(), "a pose that is not finite"
    weights = morph_weights(rig.model, motion, FRAMES)
    assert all(np.isfinite(weight).all() for weight in weights.values())
    assert unique_samples(motion)[0] == 0


@functools.cache
def _figure() -> Rig:
    return Rig(small_figure())


_some_motion = functools.cache(small_motion)


def _motion_for(model: Model) -> Motion:
    """A motion that turns and shifts the first bones of a model, by whatever names, and uses its first morphs."""
    some = _some_motion()
    bones, morphs, ik = some.bones["センター"], some.morphs["あ"], some.ik["左足ＩＫ"]
    return Motion(
        {track_name(bone.name): bones for bone in model.bones[:24]},
        {track_name(morph.name): morphs for morph in model.morphs[:16]},
        {bone.name: ik for bone in model.bones[:4]},
    )


def check_indices(model: Model) -> None:
    """Asserts what the renderer counts on: every index points at something, every number is finite."""
    mesh, bones = model.mesh, len(model.bones)

    def within(values: object, low: int, high: int) -> bool:
        values = np.asarray(values, np.int64)
        return bool(((values >= low) & (values < high)).all())

    count = len(mesh.positions)
    for array in (mesh.positions, mesh.normals, mesh.uvs, mesh.weights, mesh.edge_scales, mesh.extra_uvs):
        assert len(array) == count and np.isfinite(array).all(), "a vertex number that is not finite"
    assert len(mesh.sdef) == (mesh.deforms == Deform.SDEF).sum() and np.isfinite(mesh.sdef).all()
    assert within(mesh.bones, -1, bones), "a weight on a bone that does not exist"
    assert within(mesh.triangles, 0, count), "a triangle with a vertex that does not exist"
    assert within([m.triangle_count for m in model.materials], 0, len(mesh.triangles) + 1)
    assert sum(m.triangle_count for m in model.materials) <= len(mesh.triangles), "triangles that do not exist"
    assert within([[m.texture, m.sphere] for m in model.materials], -1, len(model.textures))
    assert within([bone.parent for bone in model.bones], -1, bones), "a parent that does not exist"
    ends = {"vertex": count, "uv": count, "bone": bones, "group": len(model.morphs), "material": len(model.materials)}
    for morph in model.morphs:
        if morph.kind in ends:
            assert within(morph.indices, -(morph.kind == "material"), ends[morph.kind]), "a morph of nothing"


def _check_picture(picture: np.ndarray | None) -> None:
    assert picture is None or (picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 4)


# --- the run ---------------------------------------------------------------------------------------


def run(seeds: list[Seed], seed: int, count: int, output: Path, processes: int = 1) -> np.ndarray:
    """Tries inputs 0 to `count` in processes of their own; prints what fails.

    Returns:
        int [kinds, outcomes]: how many inputs ended how.
    """
    context = multiprocessing.get_context("fork")
    tally = context.Array("q", len(KINDS) * len(OUTCOMES))
    places = [context.Value("q", number) for number in range(processes)]

    def started(number: int) -> multiprocessing.Process:
        arguments = (seeds, seed, range(places[number].value, count, processes), output, places[number], tally)
        process = context.Process(target=_work, args=arguments)
        process.start()
        return process

    workers = [started(number) for number in range(processes)]
    began = time.monotonic()
    while any(worker.is_alive() for worker in workers):
        workers[0].join(30) if workers[0].is_alive() else time.sleep(1)
        done = sum(place.value // processes for place in places)
        print(f"{done} of {count} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for number, worker in enumerate(workers):
            if not worker.is_alive() and worker.exitcode:  # it took the process down with it
                one, data = mutant(seeds, seed, places[number].value)
                _keep(output, one, data, f"the process ended with {worker.exitcode}", f"exit {worker.exitcode}")
                _count(tally, one.kind, "failed")
                places[number].value += processes
                workers[number] = started(number)
    return np.array(tally).reshape(len(KINDS), len(OUTCOMES))


def _work(seeds: list[Seed], seed: int, indices: range, output: Path, place, tally) -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    np.seterr(all="ignore")
    signal.signal(signal.SIGPROF, _stop)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for index in indices:
            place.value = index
            one, data = mutant(seeds, seed, index)
            path = Path(folder) / f"{index}{one.suffix}"
            path.write_bytes(data)
            began = time.process_time(), time.monotonic()
            outcome, error = attempt(path)
            if error:
                computing, clock = time.process_time() - began[0], time.monotonic() - began[1]
                report = f"input {index} of seed {seed}: {computing:.2f} s of computing, {clock:.2f} s by the clock\n"
                _keep(output, one, data, report + error, _place_of(error))
            path.unlink()
            _count(tally, one.kind, outcome)
        place.value = indices.stop


def attempt(path: Path) -> tuple[str, str]:
    """How a file ends (one of `OUTCOMES`), and the traceback of a failure."""
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            exercise(path)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return "read", ""
    except UserError as error:
        return ("refused", "") if len(str(error).splitlines()) == 1 else ("failed", traceback.format_exc())
    except (Exception, TooSlow):
        return "failed", traceback.format_exc()


def _stop(*_) -> None:
    raise TooSlow


def _place_of(error: str) -> str:
    """What tells one failure from another: the exception and the last lines of ours on the way to it."""
    lines = re.findall(r'File "[^"]*?([^/"]*)", line (\d+), in (.*)', error)
    way = [line for line in lines if line[0] != "fuzz.py"] or lines
    # Where it was when its time was up is chance; what it was doing is not.
    way = way[:1] if "TooSlow" in error or "MemoryError" in error else way[-2:]
    return f"{error.strip().splitlines()[-1].split(':')[0]} {way}"


def _keep(output: Path, seed: Seed, data: bytes, report: str, place: str) -> None:
    path = output / f"fuzz-{seed.kind}-{hashlib.sha256(place.encode()).hexdigest()[:8]}{seed.suffix}"
    if not path.exists():
        path.write_bytes(data)
        path.with_name(path.name + ".txt").write_text(report)
        print(f"{path}: {place}", flush=True)


def _count(tally, kind: str, outcome: str) -> None:
    with tally.get_lock():
        tally[KINDS.index(kind) * len(OUTCOMES) + OUTCOMES.index(outcome)] += 1


def main() -> int:
    """Runs from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="inputs to try")
    parser.add_argument("--seed", type=int, default=0, help="of all choices")
    parser.add_argument("--seeds", type=Path, help="a folder of real files to start from as well")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("/tmp"), help="where failing inputs are kept")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    seeds = made_seeds() + (real_seeds(options.seeds) if options.seeds else [])
    tally = run(seeds, options.seed, options.count, options.output, options.processes)
    for kind, row in zip(KINDS, tally, strict=True):
        outcomes = ", ".join(f"{number} {outcome}" for number, outcome in zip(row, OUTCOMES, strict=True))
        print(f"{kind}: {row.sum()} tried, {outcomes}")
    print(f"all: {tally.sum()} tried, {tally[:, -1].sum()} failed")
    return int(tally[:, -1].any())


if __name__ == "__main__":
    sys.exit(main())
