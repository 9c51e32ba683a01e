"""Histograms of errors by hand."""

import numpy as np

from pose_anime.evaluation.report_charts import BINS, error_shares


def test_every_counted_error_is_in_one_bin():
    errors = np.array([[0.0, np.nan], [0.999, np.nan], [1.0, np.nan], [np.inf, np.nan], [np.nan, np.nan]])
    shares = error_shares(errors)
    assert shares.shape == (2, BINS + 1) and np.isnan(shares[1]).all()
    assert np.flatnonzero(shares[0]).tolist() == [0, BINS - 1, BINS]
    assert shares[0, [0, BINS - 1, BINS]].tolist() == [0.25, 0.25, 0.5]
