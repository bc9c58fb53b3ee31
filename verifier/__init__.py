"""The verifier: employers check a credential in seconds, without an account.

Paste, upload or open a share link and get the verdict; ask a candidate and watch the answer arrive; or call the same
checks over HTTP. What is checked is `vc.verify`; this service feeds it, words its findings and keeps next to nothing.
"""
