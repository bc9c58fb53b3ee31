"""The pictures of the documentation, taken anew from a demo of their own: `python -m tests.pictures`.

The demo's ports must be free and a Chromium at hand. `docs/images/` is written over.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from passport.demo.road import PASSPHRASE, walk
from passport.demo.seed import PASSWORD
from passport.demo.town import Town
from tests import chromium

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH = 1280
COLOURS = 48

REGISTER = """Matricule;Prénom;Nom;Courriel;Langue;Date de réussite;Résultat
2043207;Maëlle;Grandvent;maelle.grandvent@exemple.test;fr;2026-06-12;88 %
2043208;Aimé;Troisaisons;aime.troisaisons@;fr;2026-06-12;80 %
2043209;Noor;Pommeraie;noor.pommeraie@exemple.test;fr;2027-06-12;91 %
2043210;Philémon;Clairvaux;;fr;2026-06-12;74 %
"""


def main() -> int:
    """Run the demo in a folder that is thrown away, and take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        town = Town(Path(folder))
        learner = town.seed()["learner"]
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.arguments())
        with town.open():
            link = walk(town, learner, language="fr", tell=lambda _step: None).share_link
            page = browser.new_page(viewport={"width": WIDTH, "height": 900}, locale="fr-CA")
            passport(page, town, learner["email"])
            verdict(page, town, link, "fr", "verdict-fr", height=960)
            register(page, town)
            accreditations(page, town)
            revoke(page, town)
            verdict(page, town, link, "en", "verdict-revoked-en", height=885)
        browser.close()
    return 0


def take(page: Page, name: str, *, height: int) -> None:
    """Keep the top of the page, in few colours: text and flat surfaces need no more."""
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, full_page=True)
    picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(IMAGES / f"{name}.png", optimize=True)


def press(page: Page) -> None:
    """Send the page's form."""
    page.locator("main form[method=post] button[type=submit]").first.click()


def passport(page: Page, town: Town, email: str) -> None:
    """The learner's cards."""
    page.goto(f"{town.address('wallet')}/fr/sign-in")
    page.fill("#email", email)
    page.fill("#passphrase", PASSPHRASE)
    press(page)
    take(page, "passport-fr", height=1060)


def verdict(page: Page, town: Town, link: str, language: str, name: str, *, height: int) -> None:
    """What an employer reads about the share link."""
    page.goto(f"{town.address('verifier')}/{language}/check?link={link}")
    take(page, name, height=height)


def register(page: Page, town: Town) -> None:
    """A class register with two rows to correct, before anything is imported."""
    page.goto(f"{town.address('issuer')}/fr/office/programmes")
    page.fill("#email", "registrar@riviere-aux-pins.test")
    page.fill("#password", PASSWORD)
    press(page)
    page.locator("main table a").first.click()
    page.locator("main table a").first.click()
    page.locator('main a[href$="/import"]').first.click()
    page.set_input_files("#file", {"name": "registre.csv", "mimeType": "text/csv", "buffer": REGISTER.encode()})
    press(page)
    take(page, "register-fr", height=875)


def accreditations(page: Page, town: Town) -> None:
    """An authority's public list."""
    page.goto(f"{town.address('issuer')}/fr/o/cqm/accreditations")
    take(page, "accreditations-fr", height=890)


def revoke(page: Page, town: Town) -> None:
    """The institution takes the learner's credential back."""
    page.goto(f"{town.address('issuer')}/fr/office/credentials?q=Bor%C3%A9alis")
    page.locator('main table a[href*="/office/credentials/"]').first.click()
    page.locator('main a[href$="/revoke"]').click()
    page.locator("main textarea").fill("Résultat corrigé après révision de la note.")
    press(page)


if __name__ == "__main__":
    sys.exit(main())
