"""The mail after a sign-up: the only place that tells a new account from one that was there (W-AUT-1)."""

from __future__ import annotations

from kit.mail import Mailer, MailRefused
from kit.telemetry import log_event
from wallet_demo.learners.service import NewLearner

_TEXTS = {
    ("fr", True): (
        "Votre passeport de compétences est prêt",
        "Bonjour {name},\n\nVotre passeport est prêt. Ouvrez-le avec votre phrase de passe :\n{link}\n\n"
        "Gardez cette phrase en lieu sûr : personne, pas même nous, ne peut la remplacer.\n",
    ),
    ("fr", False): (
        "Vous avez déjà un passeport de compétences",
        "Bonjour,\n\nQuelqu’un, peut-être vous, a demandé un passeport avec cette adresse. Il en existe déjà un, "
        "et rien n’a changé.\nPour l’ouvrir :\n{link}\n",
    ),
    ("en", True): (
        "Your skills passport is ready",
        "Hello {name},\n\nYour passport is ready. Open it with your passphrase:\n{link}\n\n"
        "Keep that phrase safe: nobody, not even we, can replace it.\n",
    ),
    ("en", False): (
        "You already have a skills passport",
        "Hello,\n\nSomeone, perhaps you, asked for a passport with this address. There is one already, and nothing "
        "has changed.\nTo open it:\n{link}\n",
    ),
}


def after_sign_up(mailer: Mailer, new: NewLearner, *, made: bool, lang: str, public_url: str) -> None:
    """Write to the address that signed up, whether the passport is new or was there before.

    A mail server that is away changes nothing: the account stands.
    """
    subject, text = _TEXTS[lang, made]
    try:
        mailer.send(new.email, subject, text.format(name=new.name, link=f"{public_url}/{lang}/sign-in"))
    except MailRefused as error:
        log_event("mail_not_sent", reason=str(error))
