"""Makes the default model: corpus, trainer, evaluation."""
