"""Measuring predicted joints as the paper does, and showing the result."""
