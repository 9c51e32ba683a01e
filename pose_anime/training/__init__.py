"""Training: the paper's loss, solver and experiments, and the run that ties them to a network and data."""
