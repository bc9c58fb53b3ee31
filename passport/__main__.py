"""`python -m passport`, the same as the command `passport`."""

import sys

from passport.cli import main

sys.exit(main())
