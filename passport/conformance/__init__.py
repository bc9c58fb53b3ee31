"""A server for the public test suites: the conformance issuers and two verifiers, over HTTPS, on one port.

    certificate   a certificate made on the spot, for this machine's own names
    server        the application, and the addresses that `build/conformance.json` states

docs/en/conformance.md says how to run the suites against it.
"""
