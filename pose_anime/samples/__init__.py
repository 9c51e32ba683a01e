"""The embedded default assets: small characters, motions, backgrounds and drawn figures, all made by code."""
