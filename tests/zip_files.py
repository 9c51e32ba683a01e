"""Zips as strangers make them: names as raw bytes, directories that lie."""

import struct
import zipfile
from pathlib import Path

# Fields of a zip's directory: offset in an entry, layout.
FIELDS = {
    "flags": (8, "<H"),
    "method": (10, "<H"),
    "crc": (16, "<I"),
    "packed": (20, "<I"),
    "size": (24, "<I"),
    "attributes": (38, "<I"),
    "offset": (42, "<I"),
}


class RawName(zipfile.ZipInfo):
    """An entry whose name is written as the bytes that it is made of, unmarked."""

    def __init__(self, name: bytes):
        super().__init__(name.decode("cp437"))
        self.raw = name

    def _encodeFilenameFlags(self):
        return self.raw, 0


def make_zip(path: Path, files: dict[str | bytes, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Writes a zip. Names given as text are marked as UTF-8 where they are not ASCII, names given as bytes never."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(RawName(name) if isinstance(name, bytes) else zipfile.ZipInfo(name), data, method)
    return path


def zip_folder(folder: Path, path: Path) -> Path:
    """A zip of all files of a folder."""
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }
    return make_zip(path, files)


def lie(path: Path, entry: int = 0, **fields: int) -> Path:
    """Overwrites fields of an entry in the directory of a zip."""
    data = bytearray(path.read_bytes())
    place = -1
    for _ in range(entry + 1):
        place = data.index(b"PK\1\2", place + 1)
    for name, value in fields.items():
        offset, layout = FIELDS[name]
        struct.pack_into(layout, data, place + offset, value)
    path.write_bytes(data)
    return path
