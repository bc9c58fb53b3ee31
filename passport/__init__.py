"""The command `passport`: the whole product from a terminal, and the demo. It stands on top of everything else.

    passport.cli        reads the arguments, chooses the language, turns a refusal into a sentence and an exit code
    passport.commands   one module per subcommand: reads its arguments, calls one function, shapes the answer
    passport.terminal   what a command may use of the outside: streams, clock, environment, language
    passport.words      the sentences in the reader's language

The services are imported by the commands that need them, when they run, so that `passport verify` starts quickly.
"""
