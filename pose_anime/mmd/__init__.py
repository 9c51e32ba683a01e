"""MikuMikuDance files and posing: readers, writers, motion curves, the rig, skinning and landmarks.

Everything stays in MMD space: left-handed, y up, the figure faces -z, about 20 units tall, 30 frames
a second. Nothing here knows GL or TensorFlow.
"""
