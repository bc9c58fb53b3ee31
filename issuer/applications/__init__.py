"""Applications for accreditation: an institution applies per programme, an authority's committee decides."""
