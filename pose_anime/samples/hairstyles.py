"""The table of hair styles: which rows of locks, tufts, tails and buns make one."""

from __future__ import annotations

from pose_anime.samples.hair import Bun, HairPart, Locks, Spikes, Tail

# Fringes and what frames the face.
_FRINGE = (
    Locks((-44, 44, 7), root=74, length=0.62, width=0.095, lift=(1.05, 1.12), gather=0.35, uneven=0.07),
    Locks((-34, 34, 4), root=80, length=0.58, width=0.09, lift=(1.08, 1.16), gather=0.5, uneven=0.06),
)
_STRAIGHT_FRINGE = (
    Locks((-46, 46, 8), root=76, length=0.645, width=0.088, lift=(1.06, 1.11), gather=0.25, uneven=0.01, point=0.15),
)
_SWEPT_FRINGE = (
    Locks((-54, 24, 7), root=74, length=0.66, width=0.10, lift=(1.06, 1.15), gather=0.85, parting=34, uneven=0.07),
    Locks((40, 58, 3), root=74, length=0.70, width=0.085, lift=(1.07, 1.14), gather=0.8, parting=36, uneven=0.05),
)
_PARTED_FRINGE = (
    Locks(
        (14, 60, 5),
        root=76,
        length=0.70,
        width=0.095,
        lift=(1.06, 1.15),
        gather=0.9,
        parting=5,
        uneven=0.06,
        mirror=True,
    ),
    Locks(
        (8, 30, 2), root=78, length=0.56, width=0.075, lift=(1.05, 1.12), gather=0.8, parting=3, uneven=0.1, mirror=True
    ),
)
_FACE_LOCKS = (Locks((62, 76, 2), root=72, length=1.05, width=0.085, lift=(1.05, 1.11), flare=-0.06, mirror=True),)
_SHORT_FACE_LOCKS = (Locks((58, 80, 2), root=70, length=0.80, width=0.085, lift=(1.05, 1.10), mirror=True),)
_TEMPLES = (Locks((66, 112, 4), root=60, length=0.70, width=0.10, lift=(1.04, 1.09), mirror=True),)
_NAPE = (Locks((118, 242, 7), root=50, length=0.78, width=0.11, lift=(1.04, 1.07), flare=-0.2),)

HAIRSTYLES: dict[str, tuple[HairPart, ...]] = {
    "long": (
        *_FRINGE,
        *_FACE_LOCKS,
        Locks(
            (92, 268, 11),
            root=70,
            length=2.15,
            width=0.145,
            lift=(1.05, 1.14),
            flare=0.07,
            gather=0.15,
            uneven=0.05,
            point=0.75,
        ),
        Locks((105, 255, 7), root=40, length=1.75, width=0.17, lift=(1.03, 1.06), flare=0.02, point=0.6),
    ),
    "hime": (
        *_STRAIGHT_FRINGE,
        Locks((62, 80, 2), root=72, length=0.98, width=0.088, lift=(1.06, 1.10), point=0.1, uneven=0.01, mirror=True),
        Locks((92, 268, 12), root=70, length=2.45, width=0.135, lift=(1.05, 1.11), flare=0.03, uneven=0.01, point=0.1),
        Locks((105, 255, 7), root=40, length=2.0, width=0.16, lift=(1.03, 1.06), flare=0.01, uneven=0.0, point=0.1),
    ),
    "twin_tails": (
        *_FRINGE,
        *_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Tail(azimuth=118, elevation=32, length=2.05, width=0.185, rise=0.20, spread=0.28, mirror=True),
        Locks((-8, 8, 2), root=86, length=0.24, width=0.03, lift=(1.05, 1.5), uneven=0.3),
    ),
    "bob": (
        *_STRAIGHT_FRINGE,
        Locks(
            (64, 90, 3),
            root=72,
            length=0.98,
            width=0.10,
            lift=(1.06, 1.15),
            flare=-0.25,
            point=0.35,
            uneven=0.02,
            mirror=True,
        ),
        Locks((98, 262, 10), root=72, length=1.06, width=0.14, lift=(1.05, 1.16), flare=-0.30, point=0.35, uneven=0.02),
        Locks((110, 250, 7), root=30, length=0.72, width=0.13, lift=(1.03, 1.06), flare=-0.25, point=0.4),
    ),
    "short": (
        *_FRINGE,
        *_SHORT_FACE_LOCKS,
        Locks((88, 272, 11), root=74, length=0.92, width=0.12, lift=(1.05, 1.13), flare=-0.05, uneven=0.12),
        Locks((100, 260, 8), root=50, length=0.74, width=0.11, lift=(1.04, 1.15), flare=0.2, uneven=0.12),
    ),
    "messy": (
        *_SWEPT_FRINGE,
        *_SHORT_FACE_LOCKS,
        Locks((84, 276, 9), root=76, length=0.80, width=0.13, lift=(1.05, 1.16), uneven=0.12),
        Spikes((-30, 330, 6), elevation=68, length=0.32, width=0.12, rise=0.25, sweep=0.4, uneven=0.3),
        Spikes((75, 285, 8), elevation=32, length=0.34, width=0.13, rise=-0.25, uneven=0.25),
        Spikes((90, 270, 8), elevation=2, length=0.36, width=0.12, rise=-0.55, uneven=0.25),
        *_NAPE,
    ),
    "spiky": (
        Locks((-50, 50, 6), root=70, length=0.66, width=0.105, lift=(1.06, 1.18), gather=0.4, sweep=8, uneven=0.10),
        Locks((-30, 34, 3), root=76, length=0.56, width=0.10, lift=(1.08, 1.24), gather=0.3, sweep=-10, uneven=0.10),
        *_SHORT_FACE_LOCKS,
        Spikes((-50, 50, 4), elevation=58, length=0.34, width=0.15, rise=0.10, sweep=0.5, uneven=0.2),
        Spikes((-160, 130, 6), elevation=74, length=0.36, width=0.16, rise=0.05, sweep=0.3, uneven=0.25),
        Spikes((72, 288, 7), elevation=46, length=0.36, width=0.18, rise=-0.05, sweep=0.1, uneven=0.2),
        Spikes((78, 282, 8), elevation=20, length=0.36, width=0.16, rise=-0.30, uneven=0.2),
        Spikes((92, 268, 8), elevation=-6, length=0.28, width=0.13, rise=-0.60, uneven=0.2),
        *_NAPE,
    ),
    "crew_cut": (
        Locks((-52, 52, 9), root=64, length=0.36, width=0.075, lift=(1.05, 1.10), uneven=0.12),
        Spikes((-60, 60, 6), elevation=52, length=0.20, width=0.09, rise=0.9, uneven=0.2),
        Spikes((0, 330, 9), elevation=70, length=0.18, width=0.10, rise=0.4, uneven=0.25),
        Locks((62, 298, 13), root=62, length=0.66, width=0.10, lift=(1.04, 1.07), uneven=0.06),
    ),
    "side_tail": (
        *_SWEPT_FRINGE,
        *_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Tail(azimuth=98, elevation=28, length=1.55, width=0.19, rise=0.18, spread=0.2),
    ),
    "ponytail": (
        *_SWEPT_FRINGE,
        *_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Tail(azimuth=180, elevation=48, length=2.25, width=0.20, rise=0.24, spread=0.18),
    ),
    "low_tail": (
        *_PARTED_FRINGE,
        *_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Tail(azimuth=180, elevation=-18, length=1.75, width=0.15, rise=0.03, spread=0.05),
    ),
    "braids": (
        *_FRINGE,
        *_SHORT_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Tail(azimuth=112, elevation=-12, length=1.15, width=0.115, rise=0.05, spread=0.06, braid=4, mirror=True),
    ),
    "buns": (
        *_STRAIGHT_FRINGE,
        *_FACE_LOCKS,
        *_TEMPLES,
        *_NAPE,
        Bun(azimuth=75, elevation=50, radius=0.185, mirror=True),
    ),
    "slick": (
        *_PARTED_FRINGE,
        *_SHORT_FACE_LOCKS,
        Locks((86, 274, 10), root=76, length=0.96, width=0.13, lift=(1.05, 1.10), flare=0.05, uneven=0.08),
        Locks((105, 255, 7), root=40, length=0.80, width=0.12, lift=(1.03, 1.06), flare=0.2),
    ),
}
