"""A job in a real browser: started on the cohort's page, worked on by the service itself, followed until it is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from issuer.jobs import service
from tests import axe
from tests.issuer import college as ground
from tests.issuer.college import ACTOR, College
from tests.serving import free_port, served

SECONDS = 60_000


@pytest.mark.browser
def test_the_page_follows_the_job_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Callable[..., Page]
) -> None:
    port = free_port()
    monkeypatch.setattr(ground, "PUBLIC_URL", f"http://localhost:{port}")
    college = College.open(tmp_path, learners=3)
    cookies = dict(college.visit(college.organisation).client.cookies)
    job = service.start_for_cohort(college.office, service.Request(college.organisation.id, college.cohort, ACTOR))
    service.pause(college.office, college.organisation.id, job.id, actor=ACTOR)
    with served(college.app, port) as base:
        page = open_page(locale="fr-CA")
        page.context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        page.goto(f"{base}/fr/office/jobs/{job.id}")
        expect(page.get_by_role("progressbar")).to_have_accessible_name("0 lignes sur 3, 0\u00a0%")
        expect(page.get_by_role("status")).to_have_text("0\u00a0% terminé")
        assert axe.violations(page) == []
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_text("Terminée")).to_be_visible(timeout=SECONDS)
        expect(page.get_by_role("progressbar")).to_have_accessible_name("3 lignes sur 3, 100\u00a0%")
        assert axe.violations(page) == []
    assert len(college.credentials()) == 3
