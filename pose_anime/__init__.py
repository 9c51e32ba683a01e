"""Finds the 2D joints of anime characters in drawings; trained on MikuMikuDance renders."""

__version__ = "0.1.0"
