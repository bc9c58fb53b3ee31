"""Alembic's entry: runs the steps on the connection that `kit.database` hands over."""

from __future__ import annotations

from alembic import context

from kit.database import run_migrations
from verifier.base import Base

run_migrations(context, Base.metadata)
