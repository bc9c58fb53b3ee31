"""The services' floor: what issuer, verifier and wallet_demo share and the engine must not know.

Settings, the database unit, problems (errors to HTTP), the web frame, guarded fetching, pages and translations.
Nothing in here knows what a credential means; that is `vc`.
"""
