"""Reports on the machine: what the verbs that only look at it show."""
