"""The contenders: each does the same two hops, written as its own documentation advises."""
