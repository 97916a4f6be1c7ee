"""The training corpus: phrase banks, slots and noise make labelled utterances."""
