"""What is counted after kills, however the credentials were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from issuer.issuance.models import IssuedCredential


def places_given_twice(credentials: Sequence[IssuedCredential]) -> int:
    """How many places of status lists more than one credential has, those that came to nothing among them (I-DUR-2)."""
    places = Counter(
        place
        for one in credentials
        for place in (
            (one.revocation_list_id, one.revocation_index),
            (one.suspension_list_id, one.suspension_index),
        )
    )
    return sum(count > 1 for count in places.values())
