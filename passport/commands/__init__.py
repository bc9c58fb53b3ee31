"""One module per subcommand of `passport`, each with `SUMMARY`, `add_arguments` and `run`."""
