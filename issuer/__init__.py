"""The issuer: where institutions register, complete and sign trainings, and authorities accredit them.

One folder per noun of the programme office; in each the same few file names: `models.py` (what is kept),
`service.py` (what can be done: the only door to the tables), `api.py` (for machines), `pages.py` (for people).
`app.py` wires them together.

Order of the nouns, each may use those before it: organisations, staff, audit, programmes, accreditation, cohorts,
completions, status, issuance, hand_over.
"""
