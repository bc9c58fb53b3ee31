"""The last look: what is signed here is held against its draft and a verifier's rules before it counts (I-LNT-1)."""
