"""From annotated pictures to batches: importers, augmentation and the tf.data pipeline."""
