"""The bodies of the `process.*` verbs: what each one looks up or does, and the Result that it hands back."""
