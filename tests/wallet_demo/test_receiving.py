"""From an offer to a credential in the passport, and everything that must not get in (W-IMP-1)."""

from __future__ import annotations

import pytest

from tests.wallet_demo.conftest import Wallet

CODE = "482913"


@pytest.mark.parametrize("by_reference", [False, True])
def test_an_offer_is_received_with_its_code(wallet: Wallet, by_reference: bool):
    browser = wallet.learner()
    link = wallet.town.college.offer(tx_code=CODE, by_reference=by_reference)
    page = browser.receive(link, tx_code="482 913")
    assert "/fr/credentials/" in page.url.path
    assert "Data analysis 101 (fr)" in page.text
    assert "Talent committee" in page.text
    assert [notice.event for notice in wallet.town.college.notices] == ["credential_accepted"]
    assert "Data analysis 101 (fr)" in browser.page("/fr/")
