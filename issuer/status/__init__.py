"""Status lists: indexes out, bits changed, lists published."""
