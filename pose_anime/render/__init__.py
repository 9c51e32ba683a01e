"""Draws posed MMD characters with OpenGL, and skeletons over any picture."""
