"""Several things done as one: files of steps, run once, taken back when they fail."""
