"""Accreditation schemes, as data: who may apply for what, what is asked, when, and what an approval grants."""
