"""Config, assembly, conversation and turn, guard rails, lifecycle and the command line."""
