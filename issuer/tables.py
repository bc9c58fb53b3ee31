"""Every table of the issuer in one import, for migrations."""

from __future__ import annotations

import issuer.accreditation.models
import issuer.applications.models
import issuer.audit.models
import issuer.cohorts.models
import issuer.completions.models
import issuer.components.models
import issuer.endorsements.models
import issuer.figures.models
import issuer.hand_over.models
import issuer.history.models
import issuer.issuance.models
import issuer.jobs.models
import issuer.organisations.models
import issuer.outside.models
import issuer.programmes.models
import issuer.received.models
import issuer.schemes.models
import issuer.staff.models
import issuer.status.models  # noqa: F401 - imported for what they declare
