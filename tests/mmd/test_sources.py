"""Files in folders and zips, and zips made to hurt."""

import os
import stat
import struct
import zipfile
import zlib

import pytest
from zip_files import lie, make_zip

from pose_anime.errors import BadFile
from pose_anime.mmd import sources
from pose_anime.mmd.sources import find_files, head_of, is_file, is_folder, names_in, read_bytes, size_of


@pytest.fixture
def zipped(tmp_path):
    files = {"miku/miku.pmx": b"model" * 1000, "miku/tex/a.png": b"picture", "readme.txt": b"free"}
    return make_zip(tmp_path / "chars.zip", files)


def test_a_zip_is_a_folder(zipped):
    assert names_in(zipped) == ["miku", "readme.txt"]
    assert names_in(zipped / "miku") == ["miku.pmx", "tex"]
    assert read_bytes(zipped / "miku/miku.pmx") == b"model" * 1000
    assert head_of(zipped / "miku/miku.pmx", 7) == b"modelmo"
    assert size_of(zipped / "miku/miku.pmx") == 5000
    assert is_file(zipped / "readme.txt") and not is_file(zipped / "miku") and not is_file(zipped / "none")
    assert is_folder(zipped) and is_folder(zipped / "miku") and not is_folder(zipped / "readme.txt")


def test_a_zip_is_a_file_too(zipped):
    assert is_file(zipped)
    assert read_bytes(zipped) == zipped.read_bytes()
    assert size_of(zipped) == zipped.stat().st_size


def test_folders_on_the_disk(tmp_path):
    (tmp_path / "not.zip").mkdir()
    (tmp_path / "not.zip/a.txt").write_bytes(b"hello")
    assert names_in(tmp_path / "not.zip") == ["a.txt"]
    assert read_bytes(tmp_path / "not.zip/a.txt") == b"hello"
    assert head_of(tmp_path / "not.zip/a.txt", 2) == b"he"
    assert find_files(tmp_path, (".txt",)) == [tmp_path / "not.zip/a.txt"]


def test_files_are_found_in_folders_and_in_their_zips(zipped):
    make_zip(zipped.parent / "b/MORE.ZIP", {"X.PMX": b"", "y.pmx": b"", "z.txt": b"", "deep.zip": zipped.read_bytes()})
    (zipped.parent / "a.pmx").write_bytes(b"")
    expected = ["a.pmx", "b/MORE.ZIP/X.PMX", "b/MORE.ZIP/y.pmx", "chars.zip/miku/miku.pmx"]
    assert find_files(zipped.parent, (".pmx",)) == [zipped.parent / name for name in expected]
    assert find_files(zipped / "miku", (".pmx", ".png")) == [zipped / "miku/miku.pmx", zipped / "miku/tex/a.png"]


def test_folder_of_a_zip_does_not_hold_what_only_begins_alike(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a b/1.txt": b"", "a/2.txt": b"", "a0/3.txt": b"", "a-/4.txt": b""})
    assert names_in(path / "a") == ["2.txt"]
    assert find_files(path / "a", (".txt",)) == [path / "a/2.txt"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("初音ミク/頭.pmx".encode("cp932"), "初音ミク/頭.pmx"),
        ("ソ\\表.png".encode("cp932"), "ソ/表.png"),  # both characters end in the byte of a backslash
        ("初音/頭.pmx".encode(), "初音/頭.pmx"),
        ("é.png".encode(), "é.png"),
        ("Мику.png".encode(), "Мику.png"),
        ("ﾐｸ.png".encode("cp932"), "ﾐｸ.png"),  # as UTF-8, a Cyrillic letter
        (b"\x81.png", "\u00fc.png"),  # neither: code page 437, as zipfile reads it
        (b".\\tex//a.png", "tex/a.png"),
        (b"a.png\0.exe", "a.png"),
    ],
)
def test_names_in_the_encodings_of_their_makers(tmp_path, raw, name):
    path = make_zip(tmp_path / "a.zip", {raw: b"x"})
    assert find_files(path, ("",)) == [path / name]
    assert read_bytes(path / name) == b"x"


def test_names_marked_as_utf8(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"初音ミク\\頭.pmx": b"x"})
    assert read_bytes(path / "初音ミク/頭.pmx") == b"x"


def test_of_files_of_one_name_the_first_counts(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"tex/a.png": b"first", "tex\\a.png": b"second", "Tex/A.png": b"another"})
    assert read_bytes(path / "tex/a.png") == b"first"
    assert read_bytes(path / "Tex/A.png") == b"another"


def test_what_is_no_file_is_not_listed(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"link.pmx": b"/etc/passwd", "dir.pmx/": b"", "__MACOSX/._a.pmx": b"fork"})
    lie(path, attributes=(stat.S_IFLNK | 0o777) << 16)
    assert names_in(path) == []
    assert not is_file(path / "link.pmx")


@pytest.mark.parametrize("name", ["../a.pmx", "b/..\\..\\a.pmx", "/etc/a.pmx", "\\a.pmx", "C:\\a.pmx", "c:a.pmx"])
def test_names_that_lead_outside_condemn_the_zip(tmp_path, name):
    path = make_zip(tmp_path / "a.zip", {"good.pmx": b"x", name: b"x"})
    for touch in (names_in, lambda path: read_bytes(path / "good.pmx"), lambda path: size_of(path / "good.pmx")):
        with pytest.raises(BadFile, match="would lie outside of it"):
            touch(path)
    assert not is_file(path / "good.pmx")
    # It stands in the list itself, so that who reads it hears why.
    assert find_files(tmp_path, (".pmx",)) == find_files(path, (".pmx",)) == [path]
    with pytest.raises(BadFile, match="would lie outside of it"):
        head_of(path, 4)


def test_a_zip_itself_is_no_model(zipped):
    with pytest.raises(BadFile, match="is a zip; name a file in it"):
        head_of(zipped, 4)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"flags": 1}, "is encrypted; unpack the zip with its password"),
        ({"method": 9}, "is packed by method 9"),
        ({"crc": 1}, "is damaged: its size or checksum"),
        ({"size": 4999}, "is damaged: its size or checksum"),
        ({"size": 5001}, "is damaged: its size or checksum"),
        ({"size": sources.MAX_BYTES + 1}, "is too large, 268,435,457 bytes of at most 268,435,456"),
        ({"packed": 3}, "is damaged: its size or checksum"),
        ({"packed": 2**31}, "is cut short or not where the zip says"),
        ({"offset": 5}, "is cut short or not where the zip says"),
    ],
)
def test_an_entry_that_lies(zipped, fields, reason):
    lie(zipped, **fields)
    with pytest.raises(BadFile, match=reason) as error:
        read_bytes(zipped / "miku/miku.pmx")
    assert error.value.path == str(zipped / "miku/miku.pmx")
    assert read_bytes(zipped / "readme.txt") == b"free"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_bytes_damaged_on_the_way(tmp_path, method):
    path = make_zip(tmp_path / "a.zip", {"a.pmx": bytes(range(256)) * 20}, method)
    data = bytearray(path.read_bytes())
    data[60:64] = b"\xff\0\xff\0"
    path.write_bytes(data)
    with pytest.raises(BadFile, match="is damaged"):
        read_bytes(path / "a.pmx")


def test_method_that_few_read(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.pmx": b"x" * 99}, zipfile.ZIP_BZIP2)
    with pytest.raises(BadFile, match="packed by method 12, only stored and deflated are read"):
        read_bytes(path / "a.pmx")


@pytest.mark.parametrize("keep", [0, 3, 40, -1, -30])
def test_a_zip_cut_short_at_any_place(zipped, keep):
    zipped.write_bytes(zipped.read_bytes()[:keep])
    for touch in (names_in, lambda path: head_of(path, 4), lambda path: read_bytes(path / "readme.txt")):
        with pytest.raises(BadFile, match=r"chars.zip: is no zip that can be read, or cut short"):
            touch(zipped)
    assert not is_folder(zipped)


def test_a_text_named_zip(tmp_path):
    (tmp_path / "a.zip").write_text("hello")
    with pytest.raises(BadFile, match="is no zip that can be read"):
        names_in(tmp_path / "a.zip")


def test_a_name_marked_as_utf8_that_is_none(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"頭.pmx".encode("cp932"): b"x"})
    lie(path, flags=0x800)
    with pytest.raises(BadFile, match="is no zip that can be read"):
        names_in(path)


def empty_entries(count, name=b"a"):
    """A zip that is nothing but a directory."""
    entry = struct.pack("<4s24xH16x", b"PK\1\2", len(name)) + name
    return entry * count + struct.pack("<4s4xHHLLH", b"PK\5\6", count % 65536, count % 65536, len(entry) * count, 0, 0)


def test_limits_of_a_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_ENTRIES", 1000)
    path = tmp_path / "a.zip"
    path.write_bytes(empty_entries(1001))
    with pytest.raises(BadFile, match="holds 1,001 files, at most 1,000 are read"):
        names_in(path)
    path.write_bytes(empty_entries(sources.MAX_DIRECTORY_BYTES // 47 + 1))
    with pytest.raises(BadFile, match=r"a directory of 8,388,6\d\d bytes"):
        names_in(path)
    path.write_bytes(empty_entries(1, b"a/" * 600))
    with pytest.raises(BadFile, match="a name of 1,200 characters"):
        names_in(path)


def test_entries_that_share_their_bytes_are_counted_each(tmp_path):
    """A bomb of overlapping entries: each alone is within the limit."""
    path = make_zip(tmp_path / "a.zip", {f"{number}.png": b"x" for number in range(17)})
    for number in range(17):
        lie(path, number, size=sources.MAX_BYTES, offset=0)
    with pytest.raises(BadFile, match="unpacks to 4,563,402,752 bytes"):
        names_in(path)


def test_a_bomb_costs_no_more_than_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 2**20)
    path = make_zip(tmp_path / "a.zip", {"honest.png": bytes(2**20 + 1), "lying.png": bytes(2**24)})
    lie(path, 1, size=1000, crc=zlib.crc32(bytes(1000)))
    with pytest.raises(BadFile, match="is too large"):
        read_bytes(path / "honest.png")
    with pytest.raises(BadFile, match="is damaged"):
        read_bytes(path / "lying.png")
    assert head_of(path / "lying.png", 10) == bytes(10)


def test_a_file_on_the_disk_too_large_to_be_one_of_ours(tmp_path):
    path = tmp_path / "a.pmx"
    with open(path, "wb") as file:
        file.truncate(sources.MAX_BYTES + 1)
    with pytest.raises(BadFile, match="is too large"):
        read_bytes(path)


@pytest.mark.parametrize("touch", [read_bytes, size_of, lambda path: head_of(path, 4)])
def test_what_is_not_there_or_no_file(tmp_path, zipped, touch):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", zipped / "none", tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(BadFile, match="cannot be read"):
            touch(path)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(BadFile, match="is no file"):
            touch(path)


def test_folders_that_are_not_there(tmp_path, zipped):
    with pytest.raises(BadFile, match="cannot be read"):
        names_in(tmp_path / "a\0b")
    for path in (tmp_path / "none", zipped / "none"):
        with pytest.raises(BadFile, match=r"cannot be read|is no folder in the zip"):
            names_in(path)
        assert find_files(path, (".pmx",)) == []


def test_the_directory_is_read_once_and_again_when_the_zip_changes(zipped, monkeypatch):
    opened = []
    monkeypatch.setattr(sources.zipfile, "ZipFile", lambda file, real=zipfile.ZipFile: opened.append(1) or real(file))
    for _ in range(3):
        read_bytes(zipped / "readme.txt")
        names_in(zipped)
    assert len(opened) == 1
    monkeypatch.undo()
    make_zip(zipped, {"readme.txt": b"other terms"})
    assert read_bytes(zipped / "readme.txt") == b"other terms"


def test_no_file_is_left_open(zipped):
    before = len(os.listdir("/proc/self/fd"))
    find_files(zipped.parent, (".pmx",))
    read_bytes(zipped / "readme.txt")
    head_of(zipped / "miku/miku.pmx", 4)
    assert len(os.listdir("/proc/self/fd")) == before
