"""The verifier: employers check a credential in seconds, without an account.

Paste, upload or open a share link and get the verdict; ask a candidate and watch the answer arrive; or call the same
checks over HTTP. What is checked is `vc.verify`; this service feeds it, words its findings and keeps next to nothing.

`asking/`     a request to a candidate, and the answer as it arrives
`screening/`  many credentials at once
`trust/`      whose word on accreditation counts for one employer

`opening.py` reads what people bring, `checking.py` asks the engine, `lists.py` holds the authorities' signed lists,
`views.py` and `answers.py` shape verdicts for people and for machines, `app.py` wires.
"""
