"""What the assistant can do: tools, the one gate they are called through, and their trail."""
