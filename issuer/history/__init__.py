"""What was published when: did:web forgets, this does not.

Every identifier document, signed list and recognition that an organisation publishes is kept as it was served, in a
chain of digests per organisation, written in the unit that changes it. So "then" can be shown and not only claimed,
and whoever kept the end of the chain sees whether the past was rewritten.
"""
