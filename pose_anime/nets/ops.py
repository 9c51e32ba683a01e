"""The few operations that nets, losses and optimizers need, under one name in Keras 2.15 and Keras 3.

Under Keras 3 they are Keras's own and run on any of its backends.
"""

import keras

from pose_anime.errors import UserError

if keras.__version__.startswith("3."):
    from keras.ops import cast, concatenate, matmul, maximum, minimum, reshape, rsqrt, split, sqrt, square, sum
elif keras.__version__.startswith("2.15."):
    from tensorflow import cast, matmul, maximum, minimum, reshape, split, sqrt, square
    from tensorflow import concat as concatenate
    from tensorflow import reduce_sum as sum
    from tensorflow.math import rsqrt
else:
    raise UserError(
        f"Keras {keras.__version__} is not supported: install keras>=3.12 (with tensorflow>=2.21), "
        "or keras==2.15.* with tensorflow==2.15.*"
    )

__all__ = ["cast", "concatenate", "matmul", "maximum", "minimum", "reshape", "rsqrt", "split", "sqrt", "square", "sum"]
