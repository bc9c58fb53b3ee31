"""The learner's wallet: receive credentials, keep them, show them, share them by link.

A wallet for demonstrations and for learners without one of their own. What the learner keeps here is sealed by
a key that only the passphrase opens: whoever runs the service, or steals its database, reads neither the
credentials nor the holder key. The price is said at sign-up: a lost passphrase cannot be replaced.

One folder per noun, each with `models.py` (tables), `service.py` (what can be done), `pages.py` (what people see):

`learners/`     accounts, sign-in, sessions
`receiving/`    OpenID4VCI: from an offer to an accepted credential
`credentials/`  what is kept: cards, checks, deleting and restoring, export
`presenting/`   OpenID4VP: who asks for what and why, consent, the signed answer
`sharing/`      links that show a selection until they end, and share packs: files that are checked offline
`standing/`     what stands behind a credential: recognitions, the issuer's word; and news when it changes

`vault.py` seals, `cards.py` reads a credential for people, `checking.py` asks the engine, `presentation.py` signs in
the learner's name, `outgoing.py` talks to issuers and verifiers, `app.py` wires.
"""
