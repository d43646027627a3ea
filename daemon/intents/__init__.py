"""The fast path: sentences that are understood without a language model."""
