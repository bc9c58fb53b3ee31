"""Every way in which a training can stand × the day of completion and today × how the recognition came: the exact
finding, and its sentence in both languages."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from passport.sentences import sentence_of
from tests.vc.recognition import cells
from tests.vc.recognition.cells import Cell
from tests.world import World
from vc.findings import Finding, Headline, Report, Verdict
from vc.recognition import Held, Source, matrix

COMPLETION = "2026-10-15 00:00 UTC"
TODAY = "2026-11-22 12:00 UTC"


class Said(NamedTuple):
    """What is found for a day. `{on}` stands for the day; blanks before a colon are no-break spaces in French."""

    finding: str
    en: str
    fr: str


IN_FORCE = Said(
    "accreditation_in_force",
    "The accreditation by Ministry was in force on {on}.",
    "L’accréditation de Ministry était en vigueur le {on}.",
)
NEVER = Said(
    "not_accredited_by",
    "No accreditation by Ministry was found for this training.",
    "Aucune accréditation de Ministry trouvée pour cette formation.",
)
UNDATED = Said(
    "accreditation_by_not_checked",
    "The accreditation by Ministry has ended, and since when is not published; so it could not be checked.",
    "L’accréditation de Ministry a pris fin, et depuis quand n’est pas publié; on n’a donc pas pu vérifier.",
)
WITHDRAWN_UNDATED = Said(
    "accreditation_not_in_force",
    "The accreditation by Ministry was withdrawn; since when is not published.",
    "L’accréditation de Ministry a été retirée; depuis quand, ce n’est pas publié.",
)
SILENT = Said(
    "accreditation_by_not_checked",
    "Whether Ministry accredits the training could not be checked: "
    "the list at https://talent-committee.example/status/revocation was not obtained: no answer.",
    "On n’a pas pu vérifier si Ministry accrédite la formation : "
    "the list at https://talent-committee.example/status/revocation was not obtained: no answer.",
)


def outside(en: str, fr: str) -> Said:
    return Said(
        "accreditation_not_in_force",
        f"The accreditation by Ministry was not in force on {{on}}: {en}.",
        f"L’accréditation de Ministry n’était pas en vigueur le {{on}} : {fr}.",
    )


def another(en: str, fr: str) -> Said:
    return Said("accreditation_for_another", en, fr)


TO_COME = outside("it begins on 2026-11-01 00:00 UTC", "elle commence le 2026-11-01 00:00 UTC")
OVER_IN_JUNE = outside("it ended on 2026-06-30 00:00 UTC", "elle a pris fin le 2026-06-30 00:00 UTC")
OVER_IN_OCTOBER = outside("it ended on 2026-10-31 00:00 UTC", "elle a pris fin le 2026-10-31 00:00 UTC")
SUSPENDED_BEFORE = outside("it was suspended on 2026-10-01 00:00 UTC", "elle a été suspendue le 2026-10-01 00:00 UTC")
SUSPENDED_SINCE = outside("it was suspended on 2026-11-01 00:00 UTC", "elle a été suspendue le 2026-11-01 00:00 UTC")
WITHDRAWN_BEFORE = outside("it was withdrawn on 2026-10-01 00:00 UTC", "elle a été retirée le 2026-10-01 00:00 UTC")
WITHDRAWN_SINCE = outside("it was withdrawn on 2026-11-01 00:00 UTC", "elle a été retirée le 2026-11-01 00:00 UTC")
BROKEN_ABOVE = outside(
    "Ministry did not recognize Council that day", "Ministry ne reconnaissait pas Council ce jour-là"
)
BROKEN_BELOW = outside(
    "Council did not recognize Talent committee that day", "Council ne reconnaissait pas Talent committee ce jour-là"
)
TOO_FAR = another(
    "Talent committee recognizes Northern College beyond what Ministry allowed; that accreditation does not count.",
    "Talent committee reconnaît Northern College au-delà de ce que Ministry lui a permis; "
    "cette accréditation ne compte pas.",
)
POTTERY = another(
    "The accreditation by Ministry is for another training of this institution.",
    "L’accréditation de Ministry porte sur une autre formation de cet établissement.",
)
STREAM = another(
    "The accreditation by Ministry is for another stream (reskilling); this training is upskilling.",
    "L’accréditation de Ministry porte sur un autre volet (reskilling); volet de cette formation : upskilling.",
)
TRACK = another(
    "The accreditation by Ministry is for another track (trainers); this training is employed-people.",
    "L’accréditation de Ministry porte sur un autre parcours (trainers); "
    "parcours de cette formation : employed-people.",
)
TERRITORY = another(
    "The accreditation by Ministry is for another territory (CA-QC); this training is given in CA-ON.",
    "L’accréditation de Ministry vaut pour un autre territoire (CA-QC); territoire de cette formation : CA-ON.",
)

TABLE: list[tuple[Cell, Said, Said, Headline]] = [
    (cells.never, NEVER, NEVER, Headline.ISSUER_NOT_RECOGNISED),
    (cells.before, TO_COME, IN_FORCE, Headline.NOT_ACCREDITED),
    (cells.during, IN_FORCE, IN_FORCE, Headline.VALID_HOLDER_UNCONFIRMED),
    (cells.after, OVER_IN_JUNE, OVER_IN_JUNE, Headline.NOT_ACCREDITED),
    (cells.suspended, SUSPENDED_BEFORE, SUSPENDED_BEFORE, Headline.NOT_ACCREDITED),
    (cells.suspended_since, IN_FORCE, SUSPENDED_SINCE, Headline.VALID_HOLDER_UNCONFIRMED),
    (cells.withdrawn, WITHDRAWN_BEFORE, WITHDRAWN_BEFORE, Headline.NOT_ACCREDITED),
    (cells.withdrawn_since, IN_FORCE, WITHDRAWN_SINCE, Headline.VALID_HOLDER_UNCONFIRMED),
    (cells.withdrawn_silently, UNDATED, WITHDRAWN_UNDATED, Headline.INCOMPLETE),
    (cells.expired, IN_FORCE, OVER_IN_OCTOBER, Headline.VALID_HOLDER_UNCONFIRMED),
    (cells.chain_broken, BROKEN_ABOVE, BROKEN_ABOVE, Headline.NOT_ACCREDITED),
    (cells.chain_broken_since, IN_FORCE, BROKEN_BELOW, Headline.VALID_HOLDER_UNCONFIRMED),
    (cells.parent_narrower, TOO_FAR, TOO_FAR, Headline.ISSUER_NOT_RECOGNISED),
    (cells.wrong_programme, POTTERY, POTTERY, Headline.NOT_ACCREDITED),
    (cells.wrong_stream, STREAM, STREAM, Headline.NOT_ACCREDITED),
    (cells.wrong_track, TRACK, TRACK, Headline.NOT_ACCREDITED),
    (cells.wrong_territory, TERRITORY, TERRITORY, Headline.NOT_ACCREDITED),
    (cells.unreachable, SILENT, SILENT, Headline.INCOMPLETE),
]


def bent(cell: Cell) -> tuple[World, dict[str, Any]]:
    world = World.of_chain(accredited=False)
    return world, world.issue(**cell(world))


def verified(world: World, credential: dict[str, Any], source: Source) -> Report:
    """The credential, with the recognitions coming one way and no other."""
    match source:
        case Source.DISCOVERED:
            return world.verify(credential)
        case Source.STAPLED:
            return world.verify(credential, recognitions=world.publish_nothing())
        case Source.HELD:
            return world.verify(credential, held=Held(world.publish_nothing()))


def sentences(finding: Finding) -> tuple[str, ...]:
    return tuple(sentence_of(finding, language).replace("\u00a0", " ") for language in ("en", "fr"))


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize(("cell", "then", "today", "headline"), TABLE, ids=[cell.__name__ for cell, *_ in TABLE])
def test_every_cell(cell: Cell, then: Said, today: Said, headline: Headline, source: Source) -> None:
    report = verified(*bent(cell), source)
    (row,) = matrix(report.recognition)
    for finding, said, day in ((row.then, then, COMPLETION), (row.today, today, TODAY)):
        assert finding.code == said.finding
        assert sentences(finding) == (said.en.replace("{on}", day), said.fr.replace("{on}", day))
    assert report.headline is headline
    assert row.answer.source in (source, None)


VERDICTS = {
    "before": (
        "The accreditation by Ministry was not in force on 2026-10-15T00:00:00Z: it begins on 2026-11-01T00:00:00Z."
    ),
    "during": "The training is accredited by Ministry; it was on 2026-10-15T00:00:00Z.",
    "suspended_since": (
        "The training was accredited by Ministry on 2026-10-15T00:00:00Z; "
        "the accreditation was suspended on 2026-11-01T00:00:00Z."
    ),
    "withdrawn_since": (
        "The training was accredited by Ministry on 2026-10-15T00:00:00Z; "
        "the accreditation was withdrawn on 2026-11-01T00:00:00Z."
    ),
    "expired": (
        "The training was accredited by Ministry on 2026-10-15T00:00:00Z; "
        "the accreditation ended on 2026-10-31T00:00:00Z."
    ),
    "chain_broken_since": (
        "The training was accredited by Ministry on 2026-10-15T00:00:00Z; "
        "since then, Council no longer recognizes Talent committee."
    ),
    "never": "No accreditation was found for this training.",
}


@pytest.mark.parametrize(("name", "sentence"), VERDICTS.items())
def test_what_decides_is_said_once(name: str, sentence: str) -> None:
    report = verified(*bent(getattr(cells, name)), Source.DISCOVERED)
    assert [finding.sentence for finding in report["accreditation"].findings] == [sentence]


def test_a_yes_among_many_decides() -> None:
    """AI School: one territory's accreditation ended, another's holds; a third never was."""
    world, _ = bent(cells.expired)
    world.whois_carries = "chain and lists"
    world.accredit(by="Forem", territory="BE-WAL", purposes=("revocation",))
    report = world.verify(world.issue(), anchors=world.trusting("Ministry", "Forem", "VDAB"))
    standings = [(a.authority.name("en"), a.then.value, a.today.value) for a in report.recognition.answers]
    assert standings == [
        ("Forem", "recognised", "recognised"),
        ("Ministry", "recognised", "expired"),
        ("VDAB", "never", "never"),
    ]
    assert report.verdict is Verdict.VALID
