"""The services' floor: what issuer, verifier and wallet_demo share and the engine must not know.

Settings, the database unit, problems (errors to HTTP), the web frame, guarded fetching, pages and translations; and
the one wording of what the engine found (`sentences`, `verdicts`, `matrix`). What a credential means and whether it
holds is decided in `vc` alone.
"""
