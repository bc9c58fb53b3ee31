"""The engine: credentials, proofs, status, recognition, and the one `verify`.

Bytes, keys, documents and `now` come in; values or typed errors come out. Nothing here opens a socket, a file or a
database: what must be fetched goes through the `keys.fetching.Fetcher` that the caller hands in.

To decide:

    verify                           verify_credential, verify_presentation: the numbered story
    findings                         what they answer
    policy                           what the caller must decide: anchors, acceptance, how strictly to read
    recognition                      accreditation as a credential, and the chains behind it
    held_recognition                 the same in the hands of the institution that it is about
    status, schemas, text            revoked or suspended; the schemas it names; characters that mislead
    limits, effort, fetching         what one verification may cost, in size, work and requests
    errors                           why a document was refused, by the names the standards give

What is decided about:

    credential, presentation         the shapes of the data model
    vocabulary, strict_json, times   the words, the JSON and the dates they are written in
    achievement, clr, endorsement    Open Badges 3.0, learner records, somebody's word for either
    lint                             the issuer's check of a draft, before a key is touched

How it is secured:

    securing                         opens and proves whatever came, proof or envelope
    proofs, canonical                Data Integrity, and the bytes that are signed
    envelope, jose, cose             signed tokens around a document, SD-JWT among them

How it travels:

    openid4vci, openid4vp, wire      the messages between issuer, wallet and verifier
    share_pack, baking, refresh      one file that is checked without a network; inside a picture; a newer one
    control                          proof that an identifier is one's own
"""
