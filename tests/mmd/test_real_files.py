"""Every MMD file at hand reads, or is refused for what is wrong with it."""

import re
import tracemalloc

import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.pmd import read_pmd
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.vmd import read_vmd
from pose_anime.mmd.vpd import read_vpd

READERS = {".pmx": read_pmx, ".pmd": read_pmd, ".vmd": read_vmd, ".vpd": read_vpd}
BAD = {
    "PMDTemplate.pmd": "expected the signature b'Pmd', found b'sam'",  # a text, "sample content"
    "VMDTemplate.vmd": "expected the signature .*, found b'sample content'",
    # Shift-JIS saved as UTF-8: every byte that is no UTF-8 became a replacement character.
    "bridge.vpd": "664 bytes of its Shift-JIS names were lost",
    "pose.vpd": "213 bytes of its Shift-JIS names were lost",
    # Its header promises bone indices of one byte, its vertices hold two.
    "joint_orient_test.pmx": "vertices: expected a weight kind of 0 to 4 at vertex 13, found 63",
    "joint_orient_test.vmd": "expected the signature .*, found b'Vocaloid Motion Data';",  # without the 0002
}


@pytest.mark.parametrize("suffix", READERS)
def test_every_file(test_data, suffix):
    paths = sorted(path for path in (test_data / "data/mmd").rglob("*") if path.suffix.lower() == suffix)
    assert len(paths) > 10
    refused = {}
    for path in paths:
        try:
            READERS[suffix](path)
        except BadFile as error:
            refused[path.name] = error.reason + ";"
    assert refused.keys() == {name for name in BAD if name.endswith(suffix)}
    for name, reason in refused.items():
        assert re.search(BAD[name], reason), reason


@pytest.mark.parametrize("name", ["miku4.3/miku4.3.pmx", "wooddoll/wooddoll.pmx", "animasa/Len_Kagamine.pmd"])
def test_a_model_takes_at_most_three_times_its_file(test_data, name):
    path = test_data / "data/mmd/models" / name
    read = READERS[path.suffix]
    read(path)  # what is made once a process
    tracemalloc.start()
    model = read(path)
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(model.bones) > 50
    assert size < 3 * path.stat().st_size
    assert peak < 4 * path.stat().st_size  # with the file's own bytes while it is read
