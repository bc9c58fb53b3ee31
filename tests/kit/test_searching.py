"""A search finds people however their name is spelt, and treats what is typed as text; the same on both databases."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, select

from kit.database import Database
from kit.searching import folded, folded_text, has_word


class Base(SQLModel, registry=registry()):
    pass


class Person(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


NAMES = ["Éloïse Boréalis", "ELOISE NORD", "François Œuvrard", "100 % Jean_Paul", "Σωκράτης", "O'Brien", "back\\slash"]


def filled(database: Database) -> Database:
    Base.metadata.create_all(database.engine)
    with database.unit() as session:
        session.add_all(Person(name=name) for name in NAMES)
    return database


def test_names_are_found_however_they_are_typed(database_url: str) -> None:
    database = filled(Database(database_url))

    def found(word: str) -> set[str]:
        with database.reading() as session:
            return set(session.exec(select(Person.name).where(has_word(word, Person.name))))

    assert found("eloise") == found("ÉLOÏSE") == found("Éloïse") == {NAMES[0], NAMES[1]}
    assert found("francois") == found("FRANÇOIS") == {NAMES[2]}
    assert found("œuvr") == set(), "ligatures keep their case, on both databases"
    assert found("%") == found("_paul") == {NAMES[3]}
    assert found("Σωκ") == {NAMES[4]}
    assert found("o'b") == {NAMES[5]}
    assert found("\\") == {NAMES[6]}
    assert found("' OR 1=1 --") == set()
    with database.reading() as session:
        shown = dict(session.exec(select(Person.name, folded(Person.name))).all())
    assert shown == {name: folded_text(name) for name in NAMES}
    database.dispose()
