"""The table of results."""

from pose_anime.reproduction.results import RESULTS, ancestry, needs
from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS


def test_it_has_every_table_and_figure_of_the_paper():
    assert list(RESULTS) == ["table1", "table2", *(f"figure{number}" for number in range(1, 8))]


def test_systems_are_trained_from_the_first_on():
    assert ancestry("DRAW") == ["DRAW"]
    assert ancestry("SYNTH-10K-DRAW") == ["SYNTH-10K", "SYNTH-10K-DRAW"]


def test_the_million_is_the_network_of_figure_4():
    assert ancestry("SYNTH-1M-DRAW") == ["SYNTH", "SYNTH-DRAW"]


def test_a_system_needs_the_data_of_its_ancestors_too():
    assert needs("SYNTH") == {RENDERS}
    assert needs("SYNTH-DRAW") == {RENDERS, DRAWINGS}
    assert needs("LSP") == {PHOTOGRAPHS}
