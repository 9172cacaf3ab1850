"""The workload: what is open, where, with whom, how old; what came in and went out; how cases moved."""
