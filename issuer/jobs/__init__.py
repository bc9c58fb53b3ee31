"""Bulk issuance as a durable job: taken in at once, signed in chunks by worker processes, one outcome for each row.

What a job is, how far it is and what became of each row stands in tables of our own, in the transactions that issue
(`models`, `chunks`). dbos carries the work to the worker processes and picks up what a dead one left (`carrier`);
it knows no row and no credential.
"""
