"""Sharing: links that show a selection of credentials until they end."""
