"""The loss of the paper."""

import keras

from pose_anime.nets import ops


@keras.saving.register_keras_serializable(package="pose_anime")
def weighted_euclidean(y_true, y_pred):
    """½ Σ w ‖x − y‖² over the joints of each example (section 4 of the paper); Keras takes the mean of the batch.

    This is Caffe's EuclideanLoss with weights: it sums over the outputs, where a mean squared error would
    divide by their number too.

    Args:
        y_true: float [N, K, 3]: x and y in network coordinates, and the weight w (0: does not count).
        y_pred: float [N, K, 2], network coordinates.

    Returns:
        float [N].
    """
    truth = ops.cast(y_true, y_pred.dtype)
    squared_distance = ops.sum(ops.square(truth[..., :2] - y_pred), axis=-1)
    return 0.5 * ops.sum(truth[..., 2] * squared_distance, axis=-1)
