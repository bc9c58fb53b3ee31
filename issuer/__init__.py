"""The issuer: where institutions register, complete and sign trainings, and authorities accredit them.

One folder per noun of the programme office; in each the same few file names: `models.py` (what is kept),
`service.py` (what can be done, or one module per story where there are several), `api.py` (for machines), `pages.py`
(for people). Pages may call upon any room; what can be done in one needs the others in one order only
(`tests/test_rooms.py`). `app.py` wires them together.

Beside the rooms: `office` is what they all work with, `upkeep` what the service does by itself; `dashboard`, `cards`,
`days`, `negotiation` and `addresses` are what several pages share; `base` and `tables` are the database's,
`crash_points` the fault tests'.

Of both:

    organisations, staff, audit   who there is, who may do what, the record of acts
    control, history              proof that an identifier is one's own; what was published when

Of institutions:

    programmes, components        trainings, and what they are made of
    cohorts, completions          class registers; who finished what, when
    issuance, jobs, status        prepare and sign; many at once; what is still in force
    self_check                    the last look at whatever was signed here
    figures                       what is counted now and then, where there is too much to count for each page
    hand_over                     into the learner's wallet
    received, endorsements        recognitions by authorities elsewhere; a partner's word for a training

Of authorities:

    schemes, applications         who may apply for what; the committee's desk
    outside                       applicants whose issuer runs elsewhere
    accreditation                 decisions as signed recognitions, and the chain above them
    registry                      the public register, in every form that people and programs ask for

For the public test suites:

    conformance                   issuers that sign whatever well-formed credential is sent to them; off by default
"""
