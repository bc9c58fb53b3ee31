"""Accreditation of one programme of one institution by one authority."""
