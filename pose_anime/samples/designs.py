"""The cast: a table of hand-made designs, and seeded random combinations of its parts beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from pose_anime.samples.accessories import ACCESSORIES
from pose_anime.samples.armature import SHAPES
from pose_anime.samples.face import Face
from pose_anime.samples.hairstyles import HAIRSTYLES
from pose_anime.samples.outfits import OUTFITS


@dataclass(frozen=True)
class Design:
    """What a character looks like, in words and colours.

    Attributes:
        name: file name, also the English name.
        japanese_name: the name inside the file.
        shape: key of SHAPES.
        outfit: key of OUTFITS.
        colors: of the outfit: cloth, accent, dark parts.
        hairstyle: key of HAIRSTYLES.
        hair: colour.
        tips: colour of the ends of the hair, "" for the same.
        face: eyes, brows, mouth.
        skin: colour.
        blush: colour of the cheeks.
        ears: "round", "pointed" or "none".
        accessories: (key of ACCESSORIES, colour).
        d_bones: legs deform through D bones, as on many newer models.
    """

    name: str
    japanese_name: str
    shape: str
    outfit: str
    colors: tuple[str, str, str]
    hairstyle: str
    hair: str
    tips: str = ""
    face: Face = field(default_factory=Face)
    skin: str = "#ffe6d8"
    blush: str = "#ff9d92"
    ears: str = "round"
    accessories: tuple[tuple[str, str], ...] = ()
    d_bones: bool = False


DESIGNS: tuple[Design, ...] = (
    Design("hinata", "ひなた", "girl", "sailor", ("#27396b", "#d8343f", "#2b2530"), "hime", "#33303f",
           face=Face("#6a4fb8", "#2a2230")),
    Design("momo", "もも", "slim_girl", "idol", ("#ff7fae", "#7ad7ea", "#b0507f"), "twin_tails", "#ff9fc4", "#ffd9e6",
           Face("#27a8c8", "#5a2a48", 1.08), accessories=(("side_bows", "#7ad7ea"),)),
    Design("ren", "れん", "boy", "school_boy", ("#2c3040", "#e0b94a", "#1c1e28"), "spiky", "#6b4630",
           face=Face("#b0702a", "#35221a", 0.86, 0.80, 0.12, 1.5, "line"), skin="#fbdcc6"),
    Design("yuki", "ゆき", "woman", "suit", ("#4a5272", "#b03a5a", "#1d1d28"), "ponytail", "#c9d3e6", "#8fa2d0",
           Face("#3a6ad0", "#3a3c55", 0.88, 0.82, 0.15, 0.8, "line"), "#fff0ea", accessories=(("glasses", "#8a2c3a"),),
           d_bones=True),
    Design("sora", "そら", "small_boy", "hoodie", ("#f29a38", "#3f8fd8", "#3a4a5e"), "messy", "#f3d271",
           face=Face("#3f9a5c", "#6b4a20", 1.05, 1.0, 0.0, 1.2, "cat"), skin="#ffe0c8",
           accessories=(("cap", "#3f8fd8"),)),
    Design("mikan", "みかん", "chibi_girl", "party_dress", ("#f7c63c", "#e2574c", "#8a3b30"), "bob", "#f0823a",
           face=Face("#d0742a", "#5c2a1a", 1.12, 1.0, 0.0, 0.9, "cat"), accessories=(("cat_ears", "#f0823a"),)),
    Design("chidori", "ちどり", "girl", "shrine_maiden", ("#ffffff", "#d63a34", "#3a2420"), "low_tail", "#5a3f78",
           face=Face("#b53a4a", "#2c1c34", 0.96, 0.92, 0.05), skin="#ffeadf"),
    Design("kuro", "くろ", "man", "long_coat", ("#35405c", "#c9a227", "#1b1b22"), "slick", "#e8e8ee", "#b8bccb",
           Face("#d0a020", "#3b3430", 0.80, 0.72, 0.22, 1.4, "line"), "#b97f5b", "#b0604a", "pointed"),
    Design("natsu", "なつ", "slim_girl", "athlete", ("#f4f4f0", "#19b38a", "#1f3a56"), "short", "#5b3a2a", "#a0623a",
           Face("#2fae5f", "#2e1c14", 0.98, 1.0, 0.1, 1.1), "#c98c63", "#c2604a", d_bones=True),
    Design("alice", "ありす", "small_girl", "maid", ("#2c2f45", "#c8385a", "#231c24"), "braids", "#f4dc8a",
           face=Face("#4a8fe0", "#7a5a28", 1.06), accessories=(("maid_band", "#ffffff"),)),
    Design("midori", "みどり", "girl", "mage", ("#4b3a78", "#e7b84b", "#2d2348"), "long", "#5fb48a", "#c7ecc0",
           Face("#c04fa8", "#22443a", 1.02), "#fff0e4", ears="pointed", accessories=(("witch_hat", "#3a2d62"),)),
    Design("taro", "たろう", "chibi_boy", "fighter", ("#d8453a", "#f2c53d", "#2e3c66"), "spiky", "#3a56a8", "#6f9be8",
           Face("#d05a2a", "#1e2848", 1.0, 0.95, 0.1, 1.6, "smile"), "#fbd9bd"),
    Design("sakura", "さくら", "small_girl", "yukata", ("#5c7fd0", "#f6c1d4", "#3a2f4a"), "buns", "#8a5a44",
           face=Face("#5a9a48", "#402418", 1.05), accessories=(("bow", "#f6a0bf"),)),
    Design("aoi", "あおい", "slim_girl", "blazer", ("#6a2f3a", "#2f5a4a", "#26332f"), "short", "#4a78b8", "#8fc0e6",
           Face("#e0a030", "#22304a", 0.95, 0.88, 0.1, 1.0, "line"), accessories=(("beret", "#8a2c3a"),)),
)  # fmt: skip

_SKINS = (("#ffe6d8", "#ff9d92"), ("#fff0ea", "#ffb0a8"), ("#fbdcc6", "#f09080"), ("#e8b995", "#d87a64"),
          ("#c98c63", "#c2604a"), ("#94623f", "#a04a3a"))  # fmt: skip
_HAIR_COLORS = ("#33303f", "#6b4630", "#f3d271", "#c9d3e6", "#ff9fc4", "#5fb48a", "#4a78b8", "#8c4fb0", "#d8483c",
                "#f0823a", "#58c7d8", "#e8e8ee")  # fmt: skip
_CLOTH_COLORS = ("#27396b", "#d8343f", "#f29a38", "#f7c63c", "#3fae6a", "#19a3b3", "#4b6fd8", "#7a4fc0", "#ff7fae",
                 "#f4f4f0", "#4a4a55", "#8a5a3c")  # fmt: skip
_DARK_COLORS = ("#2b2530", "#1d2436", "#3a2420", "#23302a", "#3a2d4a", "#5a4a44")


def designs(count: int, seed: int = 0) -> list[Design]:
    """The table's designs, then seeded random combinations of its parts (the same i-th one for any count)."""
    return [DESIGNS[i] if i < len(DESIGNS) else _random_design(i, seed) for i in range(count)]


def _random_design(i: int, seed: int) -> Design:
    rng = np.random.default_rng((seed, i))

    def pick(options: Iterable):
        options = list(options)
        return options[rng.integers(len(options))]

    skin, blush = pick(_SKINS)
    tips = pick(_HAIR_COLORS) if rng.random() < 0.3 else ""
    face = Face(pick(_CLOTH_COLORS[:9]), pick(_DARK_COLORS), rng.uniform(0.85, 1.1), rng.uniform(0.78, 1.0),
                rng.uniform(-0.1, 0.2), rng.uniform(0.8, 1.5), pick(("line", "smile", "cat")))  # fmt: skip
    accessories = ((pick(ACCESSORIES), pick(_CLOTH_COLORS)),) if rng.random() < 0.4 else ()
    colors = (pick(_CLOTH_COLORS), pick(_CLOTH_COLORS), pick(_DARK_COLORS))
    return Design(
        name=f"random_{i:03d}",
        japanese_name=f"サンプル{i}",
        shape=pick(SHAPES),
        outfit=pick(OUTFITS),
        colors=colors,
        hairstyle=pick(HAIRSTYLES),
        hair=pick(_HAIR_COLORS),
        tips=tips,
        face=face,
        skin=skin,
        blush=blush,
        ears=pick(("round", "round", "pointed")),
        accessories=accessories,
        d_bones=bool(rng.random() < 0.3),
    )
