"""Accreditation: an authority's signed word for a training of an institution, or for another authority."""
