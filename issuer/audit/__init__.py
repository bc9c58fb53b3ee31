"""The hash-chained record of acts."""
