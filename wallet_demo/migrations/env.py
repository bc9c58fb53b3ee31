"""Alembic's entry: `kit.database.Database.upgrade("wallet_demo")` runs the steps in `versions/`."""

from __future__ import annotations

from alembic import context

from kit.database import run_migrations
from wallet_demo.tables import METADATA

run_migrations(context, METADATA)
