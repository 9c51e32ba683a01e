from dataclasses import replace

import numpy as np
import pytest
from flat_datasets import SIZE, drawing, render

from pose_anime.datasets.statistics import GRID, SECTORS, Histogram, Statistics
from pose_anime.skeleton import DRAWINGS21, LSP14


def figure(index=0, **places):
    """A render whose named joints are seen at these pixels and whose other joints are absent."""
    joints, visibility = np.zeros((len(DRAWINGS21), 2), np.float32), np.zeros(len(DRAWINGS21), int)
    for name, place in places.items():
        joints[DRAWINGS21.index(name)], visibility[DRAWINGS21.index(name)] = place, 2
    return render(index, joints=joints, visibility=visibility)


def statistics(*examples, skeleton=DRAWINGS21) -> Statistics:
    result = Statistics(skeleton)
    result.add(examples)
    return result


def occupied(histogram: Histogram) -> list[float]:
    """Middles of the bins that hold something."""
    return [histogram.low + (i + 0.5) * histogram.width for i in np.flatnonzero(histogram.counts)]


def test_heat_map_has_the_joint_where_it_lies():
    result = statistics(figure(head=(SIZE * 0.75, SIZE * 0.25)))
    head = result.heat[DRAWINGS21.index("head")]
    assert np.argwhere(head).tolist() == [[GRID // 4, GRID * 3 // 4]]
    assert result.heat.sum() == 1


def test_heat_map_goes_by_the_sides_of_the_picture():
    wide = replace(figure(head=(SIZE, SIZE * 0.5)), width=2 * SIZE)
    assert np.argwhere(statistics(wide).heat[DRAWINGS21.index("head")]).tolist() == [[GRID // 2, GRID // 2]]


def test_joints_on_the_border_and_outside():
    result = statistics(figure(head=(SIZE, 0)), figure(head=(SIZE + 1, 5)), figure(head=(np.nan, 5)))
    head = DRAWINGS21.index("head")
    assert result.heat[head].sum() == result.heat[head, 0, GRID - 1] == 1
    assert result.outside[head] == 1


def test_visibility_is_counted_by_joint():
    result = statistics(*(render(i) for i in range(3)), drawing(0))
    assert result.visibility[7].tolist() == [0, 3, 1]
    assert result.visibility[8].tolist() == [3, 0, 1]
    assert result.visibility[0].tolist() == [0, 0, 4]


@pytest.mark.parametrize(
    ("wrist", "sector"),
    [((20, 10.1), 0), ((9.9, 20), SECTORS // 4), ((5, 9.9), SECTORS // 2), ((20, 9.9), SECTORS - 1)],
)
def test_direction_of_a_bone_is_clockwise_from_the_right(wrist, sector):
    result = statistics(figure(elbow_left=(10, 10), wrist_left=wrist))
    bone = DRAWINGS21.bones.index(("elbow_left", "wrist_left"))
    assert np.argwhere(result.directions).tolist() == [[bone, sector]]


def test_angles_of_elbow_and_knee():
    bent = figure(arm_left=(0, 10), elbow_left=(10, 10), wrist_left=(10, 20))
    straight = figure(leg_right=(10, 0), knee_right=(10, 10), ankle_right=(10, 20))
    shape = statistics(bent, straight).shape
    (elbow,), (knee,) = occupied(shape["elbow"]), occupied(shape["knee"])
    assert elbow == pytest.approx(90, abs=3)
    assert knee == pytest.approx(180, abs=5)


@pytest.mark.parametrize(("left", "right", "width"), [(20, 10, 0.5), (10, 20, -0.5), (15, 15, 0)])
def test_shoulders_tell_front_from_back(left, right, width):
    result = statistics(figure(arm_left=(left, 5), arm_right=(right, 5), leg_right=(left, 25)))
    (found,) = occupied(result.shape["facing"])
    assert found == pytest.approx(width, abs=0.06)


def test_size_is_the_longer_side_of_the_figure():
    (found,) = occupied(statistics(figure(head=(10, 4), tiptoe_left=(14, 4 + SIZE / 2))).shape["size"])
    assert found == pytest.approx(0.5, abs=0.03)


def test_an_example_without_any_joint_does_no_harm():
    result = statistics(figure())
    assert result.examples == 1
    assert result.shape["size"].counts.sum() == 0


def test_names_and_camera_of_renders():
    result = statistics(*(render(i) for i in range(5)))
    assert result.names["character"] == {"初音/ミク.pmx": 2, "amber/amber.pmx": 3}
    assert result.names["motion"] == {"wave.vmd": 5}
    assert result.neighbours == (4, 1)  # characters 初 a a 初 a
    phi = next(values for title, values in result.view.items() if "phi (90" in title)
    assert occupied(phi) == [60.5, 61.5, 62.5, 63.5, 64.5]


def test_drawings_have_neither():
    result = statistics(drawing(0), drawing(1))
    assert not result.names and not result.view
    assert result.neighbours == (0, 0)


def test_parts_add_up():
    examples = [render(i) for i in range(7)]
    whole, parts = statistics(*examples), statistics(*examples[:3])
    parts.add(examples[3:])
    parts.add([])
    for name in ("heat", "visibility", "outside", "directions"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert (parts.names, parts.neighbours, parts.image_sizes) == (whole.names, whole.neighbours, whole.image_sizes)


def test_another_skeleton():
    few = {name: getattr(render(0), name)[: len(LSP14)] for name in ("joints", "visibility", "depth")}
    result = statistics(render(0, skeleton_joints=LSP14.joints, **few), skeleton=LSP14)
    assert result.directions.shape == (len(LSP14.bones), SECTORS)
    assert result.shape["knee"].counts.sum() == 2


def test_histogram_keeps_what_lies_beyond_its_ends():
    values = Histogram.empty("", 0, 10, 5)
    values.add(np.array([-3, 0, 9.9, 10, 99, np.nan, 5]))
    assert values.counts.tolist() == [2, 0, 1, 0, 3]
