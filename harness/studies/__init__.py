"""Studies that use both halves: calibration, mutation, self-test."""
