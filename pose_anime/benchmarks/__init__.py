"""The speeds of this package on the machine at hand, each beside the bare floor that it is built on.

A benchmark is a module of this room with a function `measure(settings)` that returns JSON values.
Figures of one machine at different times differ; a figure and its floor, taken in turns, do not drift apart.
"""
