"""Cohorts, their registers, and the import of class registers."""
