"""Finished data sets, renders and drawings alike: whether their files are whole, and what is in them."""
