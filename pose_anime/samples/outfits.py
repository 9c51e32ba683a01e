"""The table of outfits: from three colours (cloth, accent, dark parts) to a list of garments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pose_anime.samples.garments import (
    ANKLE,
    CALF,
    LONG_SLEEVE,
    OVER_KNEE,
    SHORT_SLEEVE,
    THIGH,
    UNDER_KNEE,
    Garment,
    Gloves,
    Legs,
    Shoes,
    Skirt,
    Sleeves,
    Top,
    trousers,
    under_shorts,
)
from pose_anime.samples.paint import Paint
from pose_anime.samples.trimmings import Apron, Bow, Cape, Ring, SailorCollar, Tie

KNEE_LENGTH = 0.46

Outfit = Callable[[str, str, str], list[Garment]]


def _sailor(cloth: str, accent: str, dark: str) -> list[Garment]:
    white = "#f7f5f2"
    return [
        *under_shorts(dark),
        Legs("stockings", Paint("plain", (dark,)), start=THIGH),
        Shoes("shoes", Paint("sole", ("#5b3327", "#2c1a16"))),
        Skirt("skirt", Paint("pleats", (cloth, white)), length=0.255, flare=0.070),
        Top("blouse", Paint("plain", (white,)), hem=0.72, vee=0.06, offset=0.010),
        Sleeves("blouse sleeves", Paint("plain", (white,)), end=SHORT_SLEEVE, flare=0.016, puff=0.004),
        Sleeves("cuffs", Paint("plain", (cloth,)), start=SHORT_SLEEVE - 0.045, end=SHORT_SLEEVE + 0.01, offset=0.023),
        SailorCollar("sailor collar", Paint("double_trim", (cloth, white))),
        Bow("scarf", Paint("plain", (accent,)), drop=0.105, tails=0.08),
    ]


def _winter_sailor(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts(dark),
        Legs("socks", Paint("hem", (dark, dark)), start=OVER_KNEE),
        Shoes("shoes", Paint("sole", ("#4a2a22", "#20120f"))),
        Skirt("skirt", Paint("pleats", (cloth,)), length=0.28, flare=0.062),
        Top("blouse", Paint("plain", (cloth,)), hem=0.70, vee=0.06, offset=0.010),
        Sleeves("blouse sleeves", Paint("trim", (cloth, "#ffffff")), end=LONG_SLEEVE, offset=0.008, flare=0.006),
        SailorCollar("sailor collar", Paint("double_trim", (cloth, "#ffffff"))),
        Bow("scarf", Paint("plain", (accent,)), drop=0.105, tails=0.09),
    ]


def _blazer(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts(dark),
        Legs("socks", Paint("plain", ("#f4f4f4",)), start=UNDER_KNEE),
        Shoes("shoes", Paint("sole", ("#3a2420", "#1c1210"))),
        Skirt("skirt", Paint("plaid", (accent, dark, "#f0e6c8")), length=0.235, flare=0.072, top=0.9),
        Top("jacket", Paint("lapels", (cloth, "#fdfdfd", accent)), hem=0.42, neck=0.002, offset=0.012, flare=0.012),
        Sleeves("jacket sleeves", Paint("trim", (cloth, dark)), end=LONG_SLEEVE, offset=0.010, flare=0.003),
    ]


def _idol(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts(accent),
        Legs("boots", Paint("trim", (dark, accent)), start=CALF - 0.12, offset=0.008),
        Shoes("boot soles", Paint("sole", (dark, "#ffffff")), bulk=0.006),
        Legs("stockings", Paint("plain", ("#fdfafc",)), start=OVER_KNEE - 0.04),
        Skirt("petticoat", Paint("plain", ("#ffffff",)), length=0.225, flare=0.105, pleats=28, bell=0.7),
        Skirt("skirt", Paint("trim", (cloth, accent)), length=0.195, flare=0.112, pleats=14, fold=0.012, bell=0.65),
        Top("bodice", Paint("buttons", (cloth, accent)), hem=0.8, neck=0.060, vee=0.018, offset=0.008),
        Sleeves("puffs", Paint("plain", ("#ffffff",)), start=0.06, end=0.32, puff=0.022),
        Sleeves("arm warmers", Paint("trim", (cloth, accent)), start=0.56, end=0.985, offset=0.004, flare=0.022),
        Ring("collar", Paint("plain", (accent,)), height=2.05, half=0.008, thick=0.002),
        Bow("ribbon", Paint("plain", (accent,)), drop=0.075, size=0.05, tails=0.05),
        Bow("back ribbon", Paint("plain", (accent,)), drop=0.27, size=0.085, angle=3.14159, tails=0.13),
    ]


def _school_boy(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("trousers", Paint("plain", (cloth,)), end=0.975, flare=0.005),
        Shoes("shoes", Paint("sole", (dark, "#111111"))),
        Top("uniform", Paint("buttons", (cloth, accent)), hem=0.30, neck=-0.016, offset=0.012, flare=0.008),
        Sleeves("uniform sleeves", Paint("plain", (cloth,)), end=LONG_SLEEVE, offset=0.010, flare=0.004),
        Ring("belt line", Paint("plain", (dark,)), height=2.10, half=0.007, thick=0.001),
    ]


def _shirt_and_tie(cloth: str, accent: str, dark: str) -> list[Garment]:
    white = "#f8f8fa"
    return [
        *trousers("trousers", Paint("plain", (dark,)), end=0.975, flare=0.005),
        Shoes("shoes", Paint("sole", ("#30201c", "#101010"))),
        Top("shirt", Paint("buttons", (white, "#c8c8d0")), hem=0.75, neck=-0.004, offset=0.009),
        Sleeves("shirt sleeves", Paint("plain", (white,)), end=LONG_SLEEVE, offset=0.009, flare=0.003),
        Top("vest", Paint("plain", (cloth,)), hem=0.5, neck=0.006, vee=0.11, offset=0.014),
        Tie("tie", Paint("stripes", (accent, dark))),
        Ring("shirt collar", Paint("plain", (white,)), height=2.03, half=0.010, thick=0.003, front_drop=0.006),
    ]


def _hoodie(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("shorts", Paint("trim", (dark, accent)), end=KNEE_LENGTH, offset=0.012, flare=0.012),
        Legs("socks", Paint("stripes", ("#ffffff", accent)), start=0.78, offset=0.004),
        Shoes("trainers", Paint("laced", (accent, "#ffffff")), bulk=0.007, top=0.006),
        Top("hoodie", Paint("emblem", (cloth, "#fff4cf")), hem=0.28, neck=-0.004, offset=0.016, flare=0.006),
        Sleeves("hoodie sleeves", Paint("trim", (cloth, dark)), end=0.97, offset=0.013, puff=0.004),
        Ring("hood", Paint("plain", (cloth,)), height=1.97, half=0.026, thick=0.020, front_drop=0.020),
        Ring("ribbing", Paint("plain", (dark,)), height=0.30, half=0.012, thick=0.016),
    ]


def _party_dress(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts("#ffffff"),
        Legs("socks", Paint("trim", ("#ffffff", accent)), start=0.76, offset=0.004),
        Shoes("shoes", Paint("sole", (dark, "#2a1a1a"))),
        Skirt(
            "dress skirt", Paint("dots", (cloth, "#fffbe8")), length=0.265, flare=0.115, pleats=12, fold=0.008, bell=0.8
        ),
        Top("dress", Paint("dots", (cloth, "#fffbe8")), hem=0.85, neck=0.020, vee=0.01, offset=0.009),
        Sleeves("dress puffs", Paint("plain", ("#fffbe8",)), start=0.04, end=0.34, puff=0.020),
        Ring("sash", Paint("plain", (accent,)), height=1.0, half=0.014, thick=0.010),
        Bow("bow", Paint("plain", (accent,)), drop=0.05, size=0.05, tails=0.05),
    ]


def _shrine_maiden(cloth: str, accent: str, dark: str) -> list[Garment]:
    white = "#fbfaf8"
    return [
        *under_shorts("#ffffff"),
        Legs("tabi", Paint("plain", (white,)), start=ANKLE - 0.1, offset=0.004),
        Shoes("sandals", Paint("sole", (white, dark))),
        Skirt("hakama", Paint("pleats", (accent,)), length=0.60, flare=0.095, pleats=16, fold=0.012, top=1.15),
        Top("kimono", Paint("crossed", (white, accent)), hem=0.9, neck=-0.002, vee=0.075, offset=0.012),
        Sleeves("kimono sleeves", Paint("trim", (white, accent)), end=0.93, offset=0.013, flare=0.034, sag=0.20),
        Ring("obi", Paint("plain", (accent,)), height=1.12, half=0.020, thick=0.010),
        Bow("obi knot", Paint("plain", (accent,)), drop=0.27, size=0.055, tails=0.12),
    ]


def _yukata(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts("#ffffff"),
        Shoes("sandals", Paint("sole", (dark, "#6b4a2a")), bulk=0.002),
        Skirt("yukata skirt", Paint("dots", (cloth, accent)), length=0.52, flare=0.022, pleats=0, top=1.1),
        Top("yukata", Paint("crossed", (cloth, "#ffffff")), hem=0.9, neck=-0.002, vee=0.07, offset=0.012),
        Sleeves("yukata sleeves", Paint("dots", (cloth, accent)), end=0.86, offset=0.012, flare=0.026, sag=0.15),
        Ring("obi", Paint("plain", (accent,)), height=1.10, half=0.036, thick=0.012),
        Bow("obi bow", Paint("plain", (accent,)), drop=0.24, size=0.085, angle=3.14159, tails=0.07),
    ]


def _long_coat(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("trousers", Paint("plain", (dark,)), end=0.9, offset=0.006),
        Legs("boots", Paint("trim", ("#2a2326", accent)), start=0.66, offset=0.014),
        Shoes("boot feet", Paint("sole", ("#2a2326", "#0f0d0e")), bulk=0.006, top=0.010),
        Top("shirt", Paint("plain", ("#e9e4da",)), hem=0.7, neck=-0.006, vee=0.03, offset=0.007),
        Top("coat", Paint("trim", (cloth, accent)), hem=-1.35, neck=-0.004, offset=0.018, flare=0.055, opening=0.42),
        Sleeves("coat sleeves", Paint("trim", (cloth, accent)), end=LONG_SLEEVE, offset=0.015, flare=0.008),
        Ring("coat collar", Paint("plain", (accent,)), height=2.0, half=0.020, thick=0.010, front_drop=0.02),
        Ring("belt", Paint("plain", (dark,)), height=0.96, half=0.009, thick=0.006),
    ]


def _athlete(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("running shorts", Paint("trim", (dark, accent)), end=0.27, offset=0.007, flare=0.010),
        Legs("socks", Paint("trim", ("#ffffff", accent)), start=0.86, offset=0.004),
        Shoes("trainers", Paint("laced", (accent, "#ffffff")), bulk=0.006, top=0.004),
        Top("running top", Paint("emblem", (cloth, accent)), hem=0.95, neck=0.012, vee=0.022, offset=0.006),
        Ring("wrist line", Paint("plain", (accent,)), height=0.92, half=0.006, thick=0.009),
    ]


def _maid(cloth: str, accent: str, dark: str) -> list[Garment]:
    white = "#ffffff"
    return [
        *under_shorts("#ffffff"),
        Legs("stockings", Paint("plain", (white,)), start=THIGH),
        Shoes("shoes", Paint("sole", (dark, "#151212"))),
        Skirt("petticoat", Paint("plain", (white,)), length=0.300, flare=0.098, pleats=28, bell=0.75),
        Skirt("maid skirt", Paint("plain", (cloth,)), length=0.275, flare=0.105, pleats=12, fold=0.012, bell=0.7),
        Top("maid dress", Paint("plain", (cloth,)), hem=0.8, neck=-0.002, offset=0.008),
        Sleeves("maid puffs", Paint("plain", (cloth,)), start=0.04, end=0.36, puff=0.020),
        Sleeves("cuffs", Paint("plain", (white,)), start=0.90, end=0.985, offset=0.008, flare=0.006),
        Apron("apron", Paint("trim", (white, "#e8e6ee")), length=0.235, flare=0.098),
        Ring("collar", Paint("plain", (white,)), height=2.02, half=0.010, thick=0.005, front_drop=0.006),
        Bow("ribbon", Paint("plain", (accent,)), drop=0.035, size=0.032, tails=0.04),
        Bow("apron bow", Paint("plain", (white,)), drop=0.25, size=0.085, angle=3.14159, tails=0.14),
    ]


def _mage(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *under_shorts(dark),
        Legs("boots", Paint("trim", (dark, accent)), start=0.70, offset=0.010),
        Shoes("boot feet", Paint("sole", (dark, "#1d1420")), bulk=0.005),
        Skirt("robe skirt", Paint("hem", (cloth, accent)), length=0.36, flare=0.085, pleats=10, fold=0.006),
        Top("robe", Paint("trim", (cloth, accent)), hem=0.85, neck=0.0, vee=0.03, offset=0.010),
        Sleeves("robe sleeves", Paint("hem", (cloth, accent)), end=0.95, offset=0.008, flare=0.055),
        Cape("cape", Paint("hem", (dark, accent)), length=0.50, flare=0.075),
        Ring("belt", Paint("plain", (accent,)), height=0.98, half=0.010, thick=0.010),
    ]


def _suit(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("trousers", Paint("plain", (cloth,)), end=0.975, offset=0.006, flare=0.008),
        Shoes("heels", Paint("sole", (dark, "#111111"))),
        Top("jacket", Paint("lapels", (cloth, "#ffffff", accent)), hem=0.28, neck=0.0, offset=0.012, flare=0.012),
        Sleeves("jacket sleeves", Paint("plain", (cloth,)), end=LONG_SLEEVE, offset=0.010, flare=0.003),
        Ring("shirt collar", Paint("plain", ("#ffffff",)), height=2.03, half=0.010, thick=0.002, front_drop=0.008),
    ]


def _fighter(cloth: str, accent: str, dark: str) -> list[Garment]:
    return [
        *trousers("trousers", Paint("plain", (dark,)), end=0.86, offset=0.009, flare=0.008),
        Legs("leg wraps", Paint("stripes", ("#f0ead8", "#d8d0b8")), start=0.80, offset=0.010),
        Shoes("slippers", Paint("sole", ("#24201f", "#e8e4da"))),
        Top("tunic", Paint("crossed", (cloth, accent)), hem=-0.1, neck=-0.004, vee=0.03, offset=0.018, flare=0.030),
        Sleeves("tunic sleeves", Paint("trim", (cloth, accent)), end=0.30, offset=0.012, flare=0.006),
        Sleeves("wrist wraps", Paint("stripes", ("#f0ead8", "#d8d0b8")), start=0.80, end=0.985, offset=0.004),
        Ring("sash", Paint("plain", (accent,)), height=0.97, half=0.014, thick=0.010),
        Gloves("gloves", Paint("plain", (dark,))),
    ]


OUTFITS: Mapping[str, Outfit] = {
    "sailor": _sailor,
    "winter_sailor": _winter_sailor,
    "blazer": _blazer,
    "idol": _idol,
    "school_boy": _school_boy,
    "shirt_and_tie": _shirt_and_tie,
    "hoodie": _hoodie,
    "party_dress": _party_dress,
    "shrine_maiden": _shrine_maiden,
    "yukata": _yukata,
    "long_coat": _long_coat,
    "athlete": _athlete,
    "maid": _maid,
    "mage": _mage,
    "suit": _suit,
    "fighter": _fighter,
}
