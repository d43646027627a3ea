"""What is to happen at a time: when people mean, how it is kept, and how it comes about."""
