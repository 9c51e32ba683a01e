"""From MMD assets to labelled examples: catalogue, sampling, shards, and the processes that make them."""
