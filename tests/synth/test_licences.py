import pytest
from zip_files import zip_folder

from pose_anime.synth.licences import LicenceTexts


def licence(root, texts, assets, of):
    for name in (*texts, *assets):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return LicenceTexts(root, [root / name for name in assets]).of(root / of)


@pytest.mark.parametrize(
    ("texts", "assets", "expected"),
    [
        ([], ["a/miku.pmx"], ""),
        (["a/notes.txt"], ["a/miku.pmx"], ""),
        (["a/readme.txt", "readme.txt"], ["a/miku.pmx"], "a/readme.txt"),
        (["a/readme.txt", "a/LICENSE"], ["a/miku.pmx"], "a/LICENSE"),
        (["README.md"], ["a/b/miku.pmx"], "README.md"),
        (["a/りどみ.txt"], ["a/miku.pmx"], "a/りどみ.txt"),
        (["a/【必ず読んで下さい】.txt"], ["a/miku.pmx"], "a/【必ず読んで下さい】.txt"),
        (["a/利用規約.txt"], ["a/miku.pmx", "a/rin.pmx"], "a/利用規約.txt"),
        # In a shared folder the text that is named after the model, not another's.
        (["a/readme_rin.txt", "a/readme_miku.txt"], ["a/miku.pmx", "a/rin.pmx"], "a/readme_miku.txt"),
        (["a/readme_rin.txt"], ["a/miku.pmx", "a/rin.pmx"], ""),
        (["a/readme_rin.txt", "readme.txt"], ["a/miku.pmx", "a/rin.pmx"], "readme.txt"),
        (["a/readme.txt", "a/miku.txt"], ["a/miku.pmx", "a/rin.pmx"], "a/miku.txt"),
        (["a/miku_v2-en.txt"], ["a/miku.pmx"], "a/miku_v2-en.txt"),
        (["a/初音ミク利用規約.txt"], ["a/鏡音リン.pmx", "a/初音ミク.pmx"], ""),
        # Alone in its folder a model owns the text, whatever it is called.
        (["a/readme_hatsune.txt"], ["a/miku.pmx"], "a/readme_hatsune.txt"),
        (["readme_hatsune.txt"], ["a/miku.pmx"], ""),
    ],
)
def test_nearest_text_that_belongs_to_the_first_asset(tmp_path, texts, assets, expected):
    assert licence(tmp_path, texts, assets, assets[0]) == expected


def test_in_a_zip(tmp_path):
    licence(tmp_path / "pack", ["readme.txt"], ["a/miku.pmx"], "a/miku.pmx")
    archive = zip_folder(tmp_path / "pack", tmp_path / "zips/pack.zip")
    asset = archive / "a/miku.pmx"
    assert LicenceTexts(tmp_path / "zips", [asset]).of(asset) == "pack.zip/readme.txt"
    assert LicenceTexts(archive, [asset]).of(asset) == "readme.txt"


def test_a_folder_is_no_text(tmp_path):
    (tmp_path / "LICENSE").mkdir()
    assert licence(tmp_path, [], ["miku.pmx"], "miku.pmx") == ""
