"""`passport organisation`: add an institution or authority to the issuer, with its keys and first administrator.

There is no sign-up on the web: who may sign in the name of a college is the operator's decision.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from passport.services import office_of
from passport.terminal import Exit, Stop, Terminal
from passport.words import N_, Gettext

if TYPE_CHECKING:
    from issuer.organisations.models import Organisation

SUMMARY = N_("add and list the issuer's organisations, rotate their keys, prove who they are")

KINDS = ("institution", "authority", "partner")
USES = ("credential", "status", "control")


def add_arguments(parser: argparse.ArgumentParser, _: Gettext) -> None:
    """`organisation add …`, `list`, `rotate-key SLUG …`, `new-password SLUG …`, `answer SLUG …`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title=_("actions"))
    add = actions.add_parser("add", help=_("add one, with its keys and first administrator"), gettext=_)
    add.add_argument("slug", metavar="SLUG", help=_("its short name in addresses, such as northern-college"))
    add.add_argument("--kind", choices=KINDS, required=True, help=_("what it is"))
    add.add_argument("--name-fr", required=True, metavar="TEXT", help=_("its name in French"))
    add.add_argument("--name-en", required=True, metavar="TEXT", help=_("its name in English"))
    add.add_argument("--territory", required=True, metavar="CODE", help=_("ISO 3166 code, such as CA-QC"))
    add.add_argument("--url", default="", metavar="ADDRESS", help=_("its own website"))
    add.add_argument(
        "--verifiable-history",
        action="store_true",
        help=_("give it a did:webvh: anyone can verify which keys it had when (cannot be changed later)"),
    )
    add.add_argument("--admin-email", required=True, metavar="EMAIL", help=_("the administrator signs in with it"))
    add.add_argument("--admin-name", required=True, metavar="NAME", help=_("the administrator's name"))
    add.add_argument(
        "--password-file",
        metavar="FILE",
        help=_("file with the first password, - for standard input; otherwise one is made and shown once"),
    )
    rotate = actions.add_parser("rotate-key", help=_("sign with a new key; the old one stays published"), gettext=_)
    rotate.add_argument("slug", metavar="SLUG", help=_("the organisation's short name"))
    rotate.add_argument("--use", choices=USES, required=True, help=_("which of its keys"))
    forgotten = actions.add_parser("new-password", help=_("let somebody of its staff in who forgot theirs"), gettext=_)
    forgotten.add_argument("slug", metavar="SLUG", help=_("the organisation's short name"))
    forgotten.add_argument("--email", required=True, metavar="EMAIL", help=_("the address that they sign in with"))
    forgotten.add_argument(
        "--password-file",
        metavar="FILE",
        help=_("file with the new password, - for standard input; otherwise one is made and shown once"),
    )
    listing = actions.add_parser("list", help=_("list them, with their identifiers"), gettext=_)
    answering = actions.add_parser("answer", help=_("prove to an authority that its identifier is its own"), gettext=_)
    answering.add_argument("slug", metavar="SLUG", help=_("the organisation's short name"))
    answering.add_argument(
        "--to", required=True, metavar="ADDRESS", help=_("who asks; nothing is signed for anybody else")
    )
    answering.add_argument(
        "--question", default="-", metavar="FILE", help=_("what the authority asks; otherwise standard input")
    )
    for action in (add, rotate, forgotten, answering, listing):
        action.add_argument("--data", type=Path, metavar="FOLDER", help=_("folder for what the services keep"))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Exit:
    """Carry out one action on the issuer's database and key store."""
    match arguments.action:
        case "add":
            _add(arguments, terminal)
        case "rotate-key":
            _rotate(arguments, terminal)
        case "new-password":
            _new_password(arguments, terminal)
        case "answer":
            _answer(arguments, terminal)
        case _:
            _list(arguments, terminal)
    return Exit.DONE


def _add(arguments: argparse.Namespace, terminal: Terminal) -> None:
    from issuer.organisations import service as organisations  # the issuer, loaded only for its own commands
    from issuer.organisations.models import OrganisationKind  # the same
    from issuer.staff import service as staff  # the same

    office = office_of(terminal, data=arguments.data)
    given = _password(arguments.password_file, terminal)
    password = given or secrets.token_hex(12)  # no dash at its beginning, which would look like an option
    with _refusals(terminal), office.database.unit() as session:
        organisation = organisations.create(
            office,
            session,
            slug=arguments.slug,
            kind=OrganisationKind(arguments.kind),
            name_fr=arguments.name_fr,
            name_en=arguments.name_en,
            territory=arguments.territory,
            url=arguments.url,
            verifiable_history=arguments.verifiable_history,
        )
        staff.create_first_administrator(
            office, session, organisation, email=arguments.admin_email, name=arguments.admin_name, password=password
        )
    _show(organisation, terminal)
    if ":localhost" in organisation.did:
        terminal.warn(
            terminal.gettext(
                "This identifier is good on this machine only. For a real one, set PASSPORT_ISSUER_PUBLIC_URL before."
            )
        )
    if given is None:
        terminal.say(terminal.gettext("First password, shown this once: {password}").format(password=password))


def _rotate(arguments: argparse.Namespace, terminal: Terminal) -> None:
    from issuer.organisations import service as organisations  # the issuer, loaded only for its own commands
    from issuer.organisations.models import KeyUse  # the same

    office = office_of(terminal, data=arguments.data)
    with _refusals(terminal), office.database.unit() as session:
        organisation = organisations.by_slug(session, arguments.slug)
        key = organisations.rotate_key(office, session, organisation, KeyUse(arguments.use))
        address = organisations.verification_method(organisation, key)
    terminal.say(terminal.gettext("New key: {address}").format(address=address))


def _new_password(arguments: argparse.Namespace, terminal: Terminal) -> None:
    """For the case in which no administrator is left who could do it on the team's page."""
    from issuer.organisations import service as organisations  # the issuer, loaded only for its own commands
    from issuer.staff import service as staff  # the same

    office = office_of(terminal, data=arguments.data)
    given = _password(arguments.password_file, terminal)
    password = given or secrets.token_hex(12)
    with _refusals(terminal), office.database.unit() as session:
        organisation = organisations.by_slug(session, arguments.slug)
        member = staff.member_at(session, organisation, arguments.email)
        staff.give_password(session, member, password, actor="system", now=office.clock())
    if given is None:
        terminal.say(terminal.gettext("New password, shown this once: {password}").format(password=password))


def _answer(arguments: argparse.Namespace, terminal: Terminal) -> None:
    """Sign the answer to a question, if it is from whom the person at the terminal says; it goes to standard output."""
    from issuer.control import service as control  # the issuer, loaded only for its own commands
    from issuer.organisations import service as organisations  # the same

    text = _text_of(arguments.question, terminal)
    office = office_of(terminal, data=arguments.data)
    with _refusals(terminal), office.database.unit() as session:
        organisation = organisations.by_slug(session, arguments.slug)
        question = control.read(organisation, text)
        if question.domain != arguments.to.rstrip("/"):
            sentence = terminal.gettext("not {named} asks, but {asker}; nothing was signed.")
            raise Stop(Exit.BAD_DATA, sentence.format(named=arguments.to, asker=question.domain))
        signed = control.answer(office, session, organisation, question, actor="system")
    terminal.say_json(signed)


def _list(arguments: argparse.Namespace, terminal: Terminal) -> None:
    from issuer.organisations import service as organisations  # the issuer, loaded only for its own commands

    with office_of(terminal, data=arguments.data).database.reading() as session:
        found = organisations.all_of(session)
        for organisation in found:
            _show(organisation, terminal)
    if not found:
        terminal.warn(terminal.gettext("There is no organisation here yet. Add one: passport organisation add --help"))


def _show(organisation: Organisation, terminal: Terminal) -> None:
    name = organisation.name_fr if terminal.language == "fr" else organisation.name_en
    terminal.say(f"{organisation.slug}  {organisation.kind}  {organisation.did}  {name}")


def _password(name: str | None, terminal: Terminal) -> str | None:
    if name is None:
        return None
    return _text_of(name, terminal)


def _text_of(name: str, terminal: Terminal) -> str:
    try:
        return terminal.read(name).decode().strip()
    except UnicodeDecodeError as error:
        sentence = terminal.gettext("{file} is not text in UTF-8.")
        raise Stop(Exit.BAD_DATA, sentence.format(file=name)) from error


@contextmanager
def _refusals(terminal: Terminal) -> Iterator[None]:
    """What the issuer's service functions refuse, as a sentence."""
    from kit.i18n import translations  # the issuer's own words, loaded with it
    from kit.problems import NotFound, Problem  # the services' errors, likewise

    _ = terminal.gettext
    try:
        yield
    except NotFound as error:
        raise Stop(Exit.BAD_DATA, _("there is no organisation of this name.")) from error
    except Problem as error:
        reason = translations("issuer", terminal.language).gettext(error.advice) if error.advice else error.detail
        raise Stop(Exit.BAD_DATA, _("this cannot be used: {reason}.").format(reason=reason.rstrip("."))) from error
