"""The engine: credentials, proofs, status, recognition, and the one `verify`.

Bytes, keys, documents and `now` come in; values or typed errors come out. Nothing here opens a socket, a file or a
database: what must be fetched goes through the `keys.fetching.Fetcher` that the caller hands in.

    vc.verify        verify_credential, verify_presentation: the numbered story
    vc.findings      what they answer
    vc.policy        what the caller must decide: anchors, acceptance, limits
    vc.achievement   an Open Badges 3.0 draft from a completion
    vc.lint          the issuer's check of a draft, before a key is touched
    vc.proofs        sign and verify Data Integrity proofs
    vc.status        status lists
    vc.recognition   accreditation as a credential, and the chains behind it
    vc.share_pack    one file that is checked without a network
    vc.control       proof that an identifier is one's own
"""
