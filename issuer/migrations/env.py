"""Alembic's entry: runs the steps on the connection that `kit.database` hands over."""

from __future__ import annotations

from alembic import context

import issuer.tables  # noqa: F401 - names every table of the issuer
from issuer.base import Base
from kit.database import run_migrations

run_migrations(context, Base.metadata)
