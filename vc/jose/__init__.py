"""JOSE as far as we need it: one strict way to sign and to read compact JWS (`vc.jose.jws`)."""
