import numpy as np
import pytest

from pose_anime.render.camera import view_rotation
from pose_anime.render.light import light_from


@pytest.mark.parametrize("angles", [(0, 90), (90, 90), (60, 30), (120, 150)])
def test_a_light_shines_the_way_a_camera_there_looks(angles):
    light = light_from(*angles, ambient=0.5, diffuse=0.7)
    np.testing.assert_allclose(light.direction, view_rotation(*angles)[2], atol=1e-12)
    assert (light.ambient, light.diffuse, light.specular) == ((0.5,) * 3, (0.7,) * 3, (1.0,) * 3)
