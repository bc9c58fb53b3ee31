"""The public register: what authorities have accredited, in every form in which people and programs ask for it.

Nothing is kept here. The page, the feeds, the table, the file for other wallets and the signed list are all worked
out from the rows of the decisions (`issuer.accreditation`) when somebody asks, so none of them can drift.
"""
