"""Speed and latency of Firstseen beside others that do the same work: ``make bench``."""
