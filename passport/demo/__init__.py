"""The demo: five programmes, their authorities and learners, and the whole road walked once over real HTTP.

Everything is made by the services' own functions and pages; nothing in the product knows that this is a demo, but for
the word on top of the pages. `ecosystem.json` and `registers/` are the data; every person and organisation is invented.
"""
