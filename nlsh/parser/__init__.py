"""From an utterance to a plan: the prompt, the grammar of what may be said, and how sure the model is."""
