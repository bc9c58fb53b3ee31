"""Issuers for the public test suites: several from one instance, each with a did:key and a key of its own.

Only under the conformance profile (`ServiceSettings.conformance`), and apart from everything an institution issues:
these sign whatever well-formed credential is sent to them, for nobody's training.

    issuers     which there are: name, kind of key, how they secure a credential
    lists       their status lists, kept as long as the process lives
    service     issue, derive, set a status
    api         the same over HTTP (VCALM 1.0, as the suites use it)
"""
