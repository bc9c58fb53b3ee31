"""Standing: what stands behind a kept credential, and what changed about it since the learner last looked.

`looking.py`  asks: recognitions of the training, the issuer's status lists and keys, a newer edition
`changes.py`  compares two looks
`service.py`  keeps looks and notices; looks on demand and, while the learner is here, by itself
"""
