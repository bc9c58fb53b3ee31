"""Whether an issuer still stands by a credential: status lists, one module per kind."""
