"""What the drawn figures wear and how they are drawn, as tables.

Training and test figures share the parts (a sailor collar, a fringe, a way of inking) but never a
combination: outfits, palettes, hair styles and heights of the two come from disjoint tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pose_anime.samples.drawn.ink import Colour, Medium


@dataclass(frozen=True)
class Outfit:
    """Garments. An empty string is none.

    Attributes:
        top: shirt, sailor, vest, coat, kimono, armour, hoodie, dress, leotard.
        sleeve: where sleeves end: 0 none, 1 the elbow, 2 the wrist.
        cuff: how wide they are there, relative to the arm.
        bottom: skirt, long skirt, trousers, shorts, briefs, coat tails.
        legwear: how far up stockings reach, 0 none, 1 the knee, 2 the hip.
        boots: how far up boots reach, 0 low shoes, 1 the knee.
        extras: apron, belt, bow, buttons, gloves, obi, pleats, pocket, puff, scarf, shoulder plates, stripe, tie.
        feminine: whom it suits, 0..1.
    """

    top: str
    sleeve: float
    cuff: float
    bottom: str
    legwear: float
    boots: float
    extras: tuple[str, ...] = ()
    feminine: float = 1.0


OUTFITS = {
    "train": (
        Outfit("sailor", 0.75, 1.5, "skirt", 0.85, 0, ("scarf", "pleats", "stripe")),
        Outfit("sailor", 1.95, 1.35, "skirt", 1.5, 0, ("scarf", "pleats")),
        Outfit("shirt", 1.95, 1.3, "trousers", 0, 0, ("tie", "buttons"), 0),
        Outfit("shirt", 0.6, 1.5, "shorts", 0.5, 0, ("stripe",), 0.3),
        Outfit("coat", 1.95, 1.5, "coat tails", 0, 0.75, ("belt", "buttons"), 0.3),
        Outfit("dress", 0.5, 1.9, "skirt", 1.6, 0, ("apron", "puff", "bow")),
        Outfit("dress", 0, 0, "long skirt", 0, 0, ("bow",)),
        Outfit("kimono", 1.8, 3.0, "long skirt", 0.3, 0, ("obi",), 0.8),
        Outfit("armour", 1.2, 1.2, "trousers", 0, 0.85, ("shoulder plates", "belt", "gloves"), 0.2),
        Outfit("hoodie", 1.95, 1.45, "shorts", 1.6, 0, ("pocket",), 0.6),
        Outfit("leotard", 0, 0, "briefs", 1.7, 0.8, ("gloves", "belt")),
        Outfit("vest", 1.95, 1.3, "trousers", 0, 0, ("tie", "buttons"), 0.2),
        Outfit("shirt", 0, 0, "skirt", 0, 0.7, ("tie", "belt", "gloves")),
        Outfit("hoodie", 1.95, 1.4, "trousers", 0, 0, ("pocket", "stripe"), 0),
    ),
    "test": (
        Outfit("sailor", 0.8, 1.5, "skirt", 0, 0.5, ("tie", "stripe", "pleats")),
        Outfit("shirt", 1.3, 1.35, "skirt", 1.5, 0, ("bow", "buttons", "pleats")),
        Outfit("coat", 1.9, 1.6, "trousers", 0, 0, ("buttons", "scarf"), 0.2),
        Outfit("dress", 1.9, 1.8, "long skirt", 0, 0, ("apron", "belt")),
        Outfit("kimono", 1.7, 2.6, "skirt", 1.4, 0, ("obi", "bow")),
        Outfit("armour", 0, 0, "skirt", 1.6, 0.9, ("belt", "gloves", "shoulder plates")),
        Outfit("vest", 0.7, 1.5, "shorts", 0.9, 0, ("bow", "buttons"), 0.4),
        Outfit("leotard", 1.9, 1.15, "briefs", 0, 0.95, ("stripe", "scarf"), 0.9),
        Outfit("shirt", 0.7, 1.6, "trousers", 0, 0, ("belt", "pocket"), 0),
    ),
}


@dataclass(frozen=True)
class Palette:
    """Colours of a character: main and second cloth, trim, shoes, hair, eyes, skin."""

    main: Colour
    second: Colour
    trim: Colour
    shoes: Colour
    hair: Colour
    eyes: Colour
    skin: Colour


def _palette(*colours: str) -> Palette:
    return Palette(*(tuple(bytes.fromhex(colour)) for colour in colours))


PALETTES = {
    "train": (
        _palette("f4f6fb", "31466f", "c8374a", "4a3026", "3a2b2b", "7a4a2a", "fde3d0"),
        _palette("ffffff", "7b8fc4", "e4576b", "30343f", "f0c35a", "3f78c8", "fee6d6"),
        _palette("d9536f", "ffe9ec", "7d2745", "5c2436", "f2a7bd", "c93f6f", "ffe9dc"),
        _palette("3d3f4c", "c9ccd6", "b43240", "1f2026", "262a3d", "5b3fa0", "f9dcc8"),
        _palette("7cc4b5", "f7f3e3", "2f6d6b", "6b4a35", "5cc9c4", "1c8f8a", "fde4d3"),
        _palette("f2b95b", "74513a", "c9563c", "5a3b2a", "b5622e", "4f8a3c", "f7d3b5"),
        _palette("8d7bc0", "ece6f7", "f0c14b", "40345f", "c9b8ec", "8a4fc0", "fee8dd"),
        _palette("5f88b8", "e9eef4", "f2d16b", "39424f", "dfe3ea", "5277b0", "f6d8c3"),
        _palette("77a653", "f3ecd2", "8a4b2c", "5a4330", "7a4b2a", "3d7a3a", "eec39d"),
        _palette("c94436", "2f2a2d", "f4d35e", "2b2326", "1f1a1e", "b4332f", "fbdcc6"),
        _palette("f7e3ea", "e58fb0", "8c5a86", "a85b77", "8a5a3f", "9a5f3a", "fee7da"),
        _palette("4a5d4b", "b8b48c", "d98e3f", "463728", "d9793b", "3d8f6f", "e2ac82"),
    ),
    "test": (
        _palette("fafafa", "3f6a56", "e0a22e", "3f2d22", "5a3a28", "48803f", "fde2cf"),
        _palette("6fa8dc", "fdf6e3", "d4506a", "2f3b52", "e88fae", "4a6fd0", "fee6d8"),
        _palette("3b3350", "d7c9ea", "e2574c", "262033", "8a7fd0", "d04f7f", "fae0d0"),
        _palette("e8734a", "fff1dc", "45668f", "6a3d2a", "f6dd88", "2f9ab0", "fbdcc4"),
        _palette("9fb8a0", "54473f", "c64f5f", "3a312c", "b9bfc9", "8f5f2f", "f3cfb0"),
        _palette("b03a5b", "f5d5a0", "2b2d42", "341c26", "2e3350", "c0392b", "fee5d5"),
        _palette("5aa6a0", "efe9dd", "f08a5d", "4b3b34", "a3502f", "2f8f7f", "d9a27a"),
        _palette("e9edf5", "a04fa0", "43b0c4", "55405f", "56b6e0", "a03fb0", "ffeade"),
    ),
}


@dataclass(frozen=True)
class HairStyle:
    """One of `FRINGES`, one of `BACKS`, and one of `WORN`: something on the head, or an empty string."""

    fringe: str
    back: str
    worn: str = ""


FRINGES = ("straight", "parted", "swept", "spiky", "long")
BACKS = ("short", "bob", "medium", "long", "spiky", "twin tails", "ponytail", "buns", "braids")
WORN = ("", "", "", "bow", "ears", "beret", "witch hat", "headband", "horns")

# Every fifth pair of fringe and back hair is kept for the test figures: a Latin square, so that
# each part is seen in training, only not together.
HAIR_PAIRS = {
    "train": [(f, b) for i, f in enumerate(FRINGES) for j, b in enumerate(BACKS) if (i + j) % 5],
    "test": [(f, b) for i, f in enumerate(FRINGES) for j, b in enumerate(BACKS) if not (i + j) % 5],
}

# Heights in heads, in bands a quarter of a head wide; the test's bands lie between the training's.
_BANDS = np.arange(2.5, 7.5, 0.25)
HEIGHT_BANDS = {"train": np.delete(_BANDS, np.s_[1::4]), "test": _BANDS[1::4]}
BAND_WIDTH = 0.25

# Black, brown, blue, wine and pencil grey.
_INKS = ((24, 22, 28), (58, 34, 30), (32, 36, 74), (84, 32, 44), (70, 70, 78))
BLACK_INK, GREY_INK, BLUE_INK = _INKS[0], _INKS[4], _INKS[2]
_FULL = ((0.016, "cel"), (0.022, "none"), (0.012, "cel"))
_GREY = ((0.018, "tone"), (0.013, "hatch"), (0.022, "cel"))
_LINE = ((BLACK_INK, "hatch"), (GREY_INK, "none"), (BLUE_INK, "hatch"))
MEDIA = (
    *(Medium(ink, line, shade, "full") for ink in _INKS[:4] for line, shade in _FULL),
    *(Medium(ink, 0.014, shade, "pale", 0.9) for ink in _INKS for shade in ("none", "cel")),
    *(Medium(BLACK_INK, line, shade, "grey") for line, shade in _GREY),
    *(Medium(ink, 0.014, shade, "line", 1.1) for ink, shade in _LINE),
)
EYES = ("open", "open", "open", "open", "narrow", "happy")
MOUTHS = ("smile", "smile", "open", "line", "small", "cat")


@dataclass(frozen=True)
class Character:
    """All that is drawn of a figure but its pose."""

    outfit: Outfit
    palette: Palette
    hair: HairStyle
    medium: Medium
    heads: float
    eyes: str
    mouth: str


def random_character(rng: np.random.Generator, split: str) -> Character:
    """A character for "train" (validation too) or "test", from that split's tables."""

    def one_of(table):
        return table[rng.integers(len(table))]

    bands = HEIGHT_BANDS[split]
    # Tall figures are commoner than chibis.
    shares = np.where(bands < 4.5, 0.4, 1.0)
    band = bands[rng.choice(len(bands), p=shares / shares.sum())]
    fringe, back = one_of(HAIR_PAIRS[split])
    return Character(
        outfit=one_of(OUTFITS[split]),
        palette=one_of(PALETTES[split]),
        hair=HairStyle(fringe, back, one_of(WORN)),
        medium=one_of(MEDIA),
        heads=float(band + rng.uniform(0, BAND_WIDTH)),
        eyes=one_of(EYES),
        mouth=one_of(MOUTHS),
    )
