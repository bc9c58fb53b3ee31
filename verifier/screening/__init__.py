"""Checking many credentials at once: an upload becomes items, a worker checks them, a table tells the answers."""
