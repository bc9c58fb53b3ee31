"""Whose word on accreditation counts for one employer: packs that the operator offers, and authorities of one's own."""
