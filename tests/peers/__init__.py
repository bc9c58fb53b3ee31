"""Other people's libraries, as packages from the npm registry, driven from here."""
