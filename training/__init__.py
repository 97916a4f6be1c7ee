"""Makes the default model: corpus, trainer, adapter. Nothing of nlsh imports it."""
