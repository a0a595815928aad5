"""Is the shop open? What was seen, what it means, and what was known before."""
