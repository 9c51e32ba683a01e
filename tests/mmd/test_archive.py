"""Models and textures as folders hold them."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.mmd.archive import find_models, find_motions, find_texture, load_texture, read_model
from pose_anime.mmd.model import Model


def model_at(folder):
    return Model("", None, [], [], [], [], path=folder / "model.pmx")


def put(folder, name, data=b"x"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("on_disk", "wanted"),
    [
        ("a.png", "a.png"),
        ("tex/a.png", "tex\\a.png"),
        ("Tex/A.PNG", "tex\\a.png"),
        ("tex/a.png", ".\\tex//a.png"),
        ("tex/a.png", "sub\\..\\tex\\a.png"),
        ("か\u3099.png", "が.png"),  # decomposed on disk, as macOS writes it
        ("肌.png".encode("cp932").decode("cp437"), "肌.png"),  # unpacked without regard to its encoding
        ("a.png", "a.png\0"),
    ],
)
def test_names_in_other_spellings(tmp_path, on_disk, wanted):
    (tmp_path / "sub").mkdir()
    path = put(tmp_path, on_disk)
    assert find_texture(model_at(tmp_path), wanted).samefile(path)


def test_raw_shift_jis_name(tmp_path):
    raw = bytes(tmp_path) + b"/" + "肌.png".encode("cp932")
    with open(raw, "wb") as file:
        file.write(b"x")
    assert find_texture(model_at(tmp_path), "肌.png") is not None


def test_the_exact_name_wins(tmp_path):
    put(tmp_path, "A.png")
    exact = put(tmp_path, "a.png")
    put(tmp_path, "a.PNG")
    assert find_texture(model_at(tmp_path), "a.png") == exact


@pytest.mark.parametrize("name", ["..\\secret.png", "tex\\..\\..\\secret.png", "", "tex", "absent.png"])
def test_never_outside_the_folder(tmp_path, name):
    put(tmp_path, "secret.png")
    (tmp_path / "model/tex").mkdir(parents=True)
    assert find_texture(model_at(tmp_path / "model"), name) is None


def test_absolute_paths_and_links_lead_nowhere(tmp_path):
    secret = put(tmp_path, "secret.png")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link.png").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    for name in (str(secret), "link.png", "linked\\secret.png"):
        assert find_texture(model_at(folder), name) is None


def test_a_model_made_by_code_has_no_textures():
    assert find_texture(Model("", None, [], [], [], []), "a.png") is None


def test_by_content_not_extension(tmp_path):
    buffer = BytesIO()
    Image.new("RGB", (3, 2), (10, 20, 30)).save(buffer, "PNG")
    put(tmp_path, "a.sph", buffer.getvalue())
    texture = load_texture(model_at(tmp_path), "a.sph")
    assert texture.shape == (2, 3, 4)
    assert texture[0, 0].tolist() == [10, 20, 30, 255]


def bmp32(pixels):
    """A 32-bit BMP with the 40-byte header, bottom row first."""
    height, width = pixels.shape[:2]
    header = struct.pack("<2sIHHI", b"BM", 54 + pixels.size, 0, 0, 54)
    header += struct.pack("<IiiHHIIiiII", 40, width, height, 1, 32, 0, 0, 0, 0, 0, 0)
    return header + pixels[::-1][..., [2, 1, 0, 3]].tobytes()


def test_alpha_of_a_32_bit_bmp(tmp_path):
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    put(tmp_path, "a.bmp", bmp32(pixels))
    np.testing.assert_array_equal(load_texture(model_at(tmp_path), "a.bmp"), pixels)


def test_an_unused_alpha_channel_is_opaque(tmp_path):
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    pixels[..., 3] = 0
    put(tmp_path, "a.bmp", bmp32(pixels))
    texture = load_texture(model_at(tmp_path), "a.bmp")
    assert (texture[..., 3] == 255).all()
    np.testing.assert_array_equal(texture[..., :3], pixels[..., :3])


@pytest.mark.parametrize("data", [b"", b"no picture", b"BM", bmp32(np.ones((4, 4, 4), np.uint8))[:60]])
def test_broken_pictures(tmp_path, data):
    put(tmp_path, "a.bmp", data)
    assert load_texture(model_at(tmp_path), "a.bmp") is None


def test_finding_files(tmp_path):
    for name in ("b/x.PMX", "a/y.pmd", "a/z.vmd", "a/readme.txt"):
        put(tmp_path, name)
    assert [path.name for path in find_models(tmp_path)] == ["y.pmd", "x.PMX"]
    assert [path.name for path in find_motions(tmp_path)] == ["z.vmd"]


def test_models_are_told_by_their_first_bytes(test_data, tmp_path):
    source = test_data / "data/mmd/fixtures/test_basic_bone.pmx"
    path = put(tmp_path, "misnamed.pmd", source.read_bytes())
    assert read_model(path).format == "pmx"
    assert read_model(test_data / "data/mmd/models/animasa/Len_Kagamine.pmd").format == "pmd"


def test_text_named_pmx(tmp_path):
    path = put(tmp_path, "a.pmx", b"hello")
    with pytest.raises(BadFile, match="neither PMX nor PMD: begins with b'hell'"):
        read_model(path)


def test_textures_of_real_models(test_data):
    model = read_model(test_data / "data/mmd/models/miku4.3/miku4.3.pmx")
    assert all(load_texture(model, name) is not None for name in model.textures)
    gene = read_model(test_data / "data/mmd/models/gene/Gene.pmx")
    missing = [name for name in gene.textures if find_texture(gene, name) is None]
    assert "tex/face.png" in missing
    assert len(missing) < len(gene.textures)
