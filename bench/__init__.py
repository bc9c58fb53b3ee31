"""What we measure, beside the plain library and the bare signature, in one run: `python -m bench`.

Absolute figures say more about the machine than about the code, so every figure that we promise is a ratio of two
things measured in turns within one run (`bench.measure`).
"""
