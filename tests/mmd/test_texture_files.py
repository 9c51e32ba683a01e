"""Pictures of models: found by any spelling of their names, read by their content."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from zip_files import lie, make_zip, zip_folder

from pose_anime.mmd import texture_files
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import Model
from pose_anime.mmd.texture_files import find_texture, find_textures, load_texture, texture_size


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
    path = put(tmp_path / "model", on_disk)
    assert find_texture(model_at(tmp_path / "model"), wanted) == path
    zipped = zip_folder(tmp_path, tmp_path / "a.zip")
    assert find_texture(model_at(zipped / "model"), wanted) == zipped / "model" / on_disk


def test_shift_jis_name_in_a_zip(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"モデル\\肌\\表.PNG".encode("cp932"): b"x"})
    assert find_texture(model_at(path / "モデル"), "肌\\表.png") == path / "モデル/肌/表.PNG"


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
    put(tmp_path, "model/tex/other.png")
    assert find_texture(model_at(tmp_path / "model"), name) is None
    zipped = zip_folder(tmp_path, tmp_path / "model/a.zip")
    assert find_texture(model_at(zipped / "model"), name) is None
    assert find_texture(model_at(zipped), "..\\tex\\other.png") is None


def test_a_link_to_itself(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "tex").symlink_to(tmp_path / "tex")
    assert find_texture(model_at(tmp_path), "a.png") is None
    assert find_texture(model_at(tmp_path), "tex/a.png") is None


def test_all_textures_of_a_model_are_found_with_few_looks_at_its_folders(tmp_path, monkeypatch):
    put(tmp_path, "tex/a.png")
    listed = []
    names_in = texture_files.sources.names_in
    monkeypatch.setattr(texture_files.sources, "names_in", lambda folder: listed.append(folder) or names_in(folder))
    model = model_at(tmp_path)
    model.textures = ["tex/a.png", "TEX/A.PNG", *(f"tex/{number}.png" for number in range(9)), "tex/a.png", ""]
    found = find_textures(model)
    assert list(found) == list(dict.fromkeys(model.textures))
    assert found["tex/a.png"] == found["TEX/A.PNG"] == tmp_path / "tex/a.png"
    assert set(list(found.values())[2:]) == {None}
    assert listed == [tmp_path, tmp_path / "tex"]


def test_a_name_of_endless_steps_is_not_followed(tmp_path):
    put(tmp_path, "a.png")
    assert find_texture(model_at(tmp_path), "../" * 2**20 + "a.png") is None


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
    zipped = zip_folder(tmp_path, tmp_path / "a.zip")
    np.testing.assert_array_equal(load_texture(model_at(zipped), "A.SPH"), texture)
    assert texture_size(tmp_path / "a.sph") == texture_size(zipped / "a.sph") == (3, 2)


PIXELS = np.kron(np.random.default_rng(0).integers(0, 256, (3, 2, 4), np.uint8), np.ones((4, 4, 1), np.uint8))


@pytest.mark.parametrize(
    ("name", "mode", "options", "tolerance"),
    [
        ("a.tga", "RGBA", {}, 0),
        ("a.tga", "RGBA", {"compression": "tga_rle"}, 0),
        ("a.tga", "RGB", {"compression": "tga_rle"}, 0),
        ("a.tga", "L", {"compression": "tga_rle"}, 0),
        ("a.dds", "RGBA", {}, 0),
        ("a.bmp", "RGB", {}, 0),
        ("a.png", "RGBA", {}, 0),
        ("a.gif", "L", {}, 0),
        ("a.jpg", "RGB", {"quality": 100, "subsampling": 0}, 4),
        ("a.tif", "RGBA", {"compression": "tiff_lzw"}, 0),
    ],
)
def test_formats_of_textures_under_a_wrong_name(tmp_path, name, mode, options, tolerance):
    picture = Image.fromarray(PIXELS).convert(mode)
    picture.save(tmp_path / name, **options)
    (tmp_path / name).rename(tmp_path / "texture.spa")
    found = load_texture(model_at(tmp_path), "texture.spa").astype(int)
    np.testing.assert_allclose(found, np.asarray(picture.convert("RGBA")), atol=tolerance)


def dds(code, blocks, width, height):
    """A DDS of compressed blocks, with the header that Direct3D 9 writes."""
    pixel_format = struct.pack("<II4s20x", 32, 4, code)
    return struct.pack("<4sIIIIIII44x", b"DDS ", 124, 0x81007, height, width, len(blocks), 0, 1) + (
        pixel_format + struct.pack("<I16x", 0x1000) + blocks
    )


@pytest.mark.parametrize(
    ("code", "alpha", "expected"),
    [
        (b"DXT1", b"", 255),
        (b"DXT3", b"\x77" * 8, 119),
        (b"DXT5", struct.pack("<BB6x", 200, 100), 200),
    ],
)
def test_compressed_blocks_of_dds(tmp_path, code, alpha, expected):
    # A block of 4 x 4 pixels: two colours of 5, 6 and 5 bits, then 2 bits a pixel: the upper half red, the rest blue.
    colours = struct.pack("<HHI", 0xF800, 0x001F, 0x55550000)
    put(tmp_path, "a.png", dds(code, 2 * (alpha + colours), 8, 4))
    texture = load_texture(model_at(tmp_path), "a.png")
    assert texture.shape == (4, 8, 4)
    np.testing.assert_array_equal(texture[:2], np.broadcast_to([255, 0, 0, expected], (2, 8, 4)))
    np.testing.assert_array_equal(texture[2:], np.broadcast_to([0, 0, 255, expected], (2, 8, 4)))


@pytest.mark.filterwarnings("error")
def test_a_size_that_stands_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(texture_files, "_HEAD", 16)
    Image.fromarray(PIXELS).save(tmp_path / "a.tif")
    assert texture_size(tmp_path / "a.tif") == (8, 12)


def test_grey_of_16_bits_is_not_clipped(tmp_path):
    Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], np.uint16)).save(tmp_path / "a.png")
    assert load_texture(model_at(tmp_path), "a.png")[0, :, :2].tolist() == [[0, 0], [128, 128], [255, 255]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [(1 << 14, (1 << 12) + 1), (1 << 14, 1 << 14), (1 << 15, 1 << 15)])
def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path, monkeypatch, size):
    monkeypatch.setattr(texture_files, "_rgba", lambda image: pytest.fail("decoded"))
    header = struct.pack("<2sIHHI", b"BM", 54, 0, 0, 54) + struct.pack("<IiiHHI20x", 40, *size, 1, 24, 0)
    tga = struct.pack("<BBB5xHHHHBB", 0, 0, 10, 0, 0, size[0], size[1], 32, 8)
    for name, data in (("a.bmp", header), ("b.tga", tga), ("c.dds", dds(b"DXT1", b"", *size))):
        put(tmp_path, name, data)
        assert texture_size(tmp_path / name) is None
        assert load_texture(model_at(tmp_path), name) is None


def test_a_picture_as_large_as_allowed_is_read_in_strips(tmp_path, monkeypatch):
    monkeypatch.setattr(texture_files, "_STRIP", 20)
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_texture(model_at(tmp_path), "a.png"), PIXELS)


def test_an_encrypted_picture_is_none(tmp_path):
    buffer = BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, "PNG")
    path = make_zip(tmp_path / "a.zip", {"a.png": buffer.getvalue()})
    assert load_texture(model_at(path), "a.png") is not None
    lie(path, flags=1)
    assert load_texture(model_at(path), "a.png") is None


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


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"BM", bmp32(np.ones((4, 4, 4), np.uint8))[:60], bmp32(np.ones((0, 4, 4), np.uint8))],
)
def test_broken_pictures(tmp_path, data):
    put(tmp_path, "a.bmp", data)
    assert load_texture(model_at(tmp_path), "a.bmp") is None


def test_textures_of_real_models(test_data):
    model = read_model(test_data / "data/mmd/models/miku4.3/miku4.3.pmx")
    assert all(load_texture(model, name) is not None for name in model.textures)
    gene = read_model(test_data / "data/mmd/models/gene/Gene.pmx")
    missing = [name for name in gene.textures if find_texture(gene, name) is None]
    assert "tex/face.png" in missing
    assert len(missing) < len(gene.textures)
