"""PMX files built byte by byte, independent of the package's writer."""

import math
import struct

SIGNED = {1: "b", 2: "h", 4: "i"}
UNSIGNED = {1: "B", 2: "H", 4: "i"}


class Builder:
    """Writes a small PMX file with chosen index sizes; independent of the package's writer."""

    def __init__(self, *, index=2, encoding="utf-16-le", extra_uvs=0, version=2.0):
        self.index, self.encoding, self.extra_uvs = index, encoding, extra_uvs
        self.i, self.u = SIGNED[index], UNSIGNED[index]
        self.data = b"PMX " + struct.pack("<f9B", version, 8, encoding == "utf-8", extra_uvs, *[index] * 6)
        self.text("名前", "name", "説明", "comment")

    def pack(self, layout, *values):
        self.data += struct.pack("<" + layout, *values)

    def text(self, *texts):
        for text in texts:
            raw = text.encode(self.encoding)
            self.data += struct.pack("<i", len(raw)) + raw

    def vertex(self, kind, tail_layout, *tail, number=0.0, edge=1.0):
        self.pack("8f", number, 1, 2, 0, 0, -1, 0.25, 0.75)
        self.pack(f"{4 * self.extra_uvs}f", *range(4 * self.extra_uvs))
        self.pack("B" + tail_layout + "f", kind, *tail, edge)

    def standard(self, number=0.0, parents=(-1, 0), triangle=(0, 1, 4), weight_bone=1):
        i = self.i
        self.pack("i", 5)
        self.vertex(0, i, weight_bone, number=number)
        self.vertex(1, f"2{i}f", 0, 1, 0.25)
        self.vertex(2, f"4{i}4f", 0, 1, -1, -1, 0.5, 0.5, 0, 0)
        self.vertex(3, f"2{i}10f", 0, 1, 0.75, *range(9))
        self.vertex(4, f"4{i}4f", 0, 1, 0, 1, 0.1, 0.2, 0.3, 0.4, edge=0.5)
        self.pack(f"i6{self.u}", 6, 0, 1, 2, *triangle)
        self.pack("i", 2)
        self.text("tex\\肌.png", "s.spa")
        self.pack("i", 1)
        self.text("肌", "skin")
        self.pack("11fB5f", 1, 0.5, 0.25, 0.9, 0.1, 0.2, 0.3, 5, 0.6, 0.7, 0.8, 0x11, 0, 0, 0, 1, 2)
        self.pack(f"2{i}BBB", 0, 1, 2, 1, 7)
        self.text("memo")
        self.pack("i", 6)
        self.bones(parents)
        self.morphs()

    def bones(self, parents):
        i = self.i
        self.pack("i", len(parents) + 1)
        for number, parent in enumerate(parents):
            self.text(f"骨{number}", f"bone{number}")
            self.pack(f"3f{i}iH3f", number, 10, 0, parent, number, 0x02 | 0x04 | 0x08 | 0x10, 0, 1, 0)
        flags = 0x01 | 0x02 | 0x20 | 0x80 | 0x100 | 0x400 | 0x800 | 0x1000 | 0x2000
        self.text("足ＩＫ", "leg IK")
        self.pack(f"3f{i}iH{i}", 0, 0, 0, 0, 2, flags, 1)
        self.pack(f"{i}f3f6fi", 0, -0.5, 0, 1, 0, 1, 0, 0, 0, 0, 1, 3)
        self.pack(f"{i}ifi", 1, 40, 0.5, 2)
        self.pack(f"{i}B6f", 1, 1, -math.pi, 0, 0, -0.01, 0, 0)
        self.pack(f"{i}B", 0, 0)

    def morphs(self):
        elements = {
            0: f"{self.i}f",
            1: f"{self.u}3f",
            2: f"{self.i}7f",
            3: f"{self.u}4f",
            4: f"{self.u}4f",
            7: f"{self.u}4f",
            8: f"{self.i}B28f",
            9: f"{self.i}f",
            10: f"{self.i}B6f",
        }
        self.pack("i", len(elements))
        for kind, layout in elements.items():
            self.text(f"型{kind}", "")
            values = [0, 1] if kind in (8, 10) else [0]
            floats = {0: 1, 1: 3, 2: 7, 3: 4, 4: 4, 7: 4, 8: 28, 9: 1, 10: 6}[kind]
            self.pack("BBi" + layout, 4, kind, 1, *values, *range(floats))

    def tail(self):
        """One of each that follows the morphs; returns at which offsets the sections begin and end."""
        i, u = self.i, self.u
        bounds = [len(self.data)]
        self.pack("i", 1)
        self.text("枠", "frame")
        self.pack(f"BiB{i}B{i}", 0, 2, 0, 1, 1, 0)
        bounds.append(len(self.data))
        self.pack("i", 1)
        self.text("剛体", "body")
        self.pack(f"{i}BHB14fB", 0, 1, 2, 0, *range(14), 1)
        bounds.append(len(self.data))
        self.pack("i", 6)
        for kind in range(6):
            self.text("継ぎ目", "joint")
            self.pack(f"B2{i}24f", kind, 0, -1, *range(24))
        bounds.append(len(self.data))
        self.pack("i", 1)
        self.text("軟体", "cloth")
        self.pack(
            f"B{i}BHBii2fi12f6f4i3f", 0, 0, 1, 2, 3, 4, 5, *[1.0] * 2, 0, *range(12), *range(6), *[1] * 4, *range(3)
        )
        self.pack(f"i{i}{u}B{i}{u}B", 2, 0, 0, 1, 0, 1, 0)
        self.pack(f"i3{u}", 3, 0, 1, 2)
        return [*bounds, len(self.data)]
