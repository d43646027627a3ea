from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from memory.connection import open_writer
from memory.passage_rows import add_passage, add_text
from memory.recall import DEPTH, RANK_OFFSET, Question, fused, recall
from memory.records import Passage
from memory.store import Store
from memory.words import content_words, match_any
from tests.clock import run
from tests.doubles.embedder import WordEmbedder
from tests.memory.turns import NOW

HOUSE = [
    Passage(0, "The washing machine finished.", "mqtt:home/washer/sensor", NOW - 7200),
    Passage(0, "The washing machine finished.", "mqtt:home/washer/sensor", NOW - 90_000),
    Passage(0, "Anna is allergic to peanuts.", "turn:1", NOW - 1e6),
    Passage(0, "The bedroom temperature rose to 24 °C.", "mqtt:bedroom", NOW - 60),
    Passage(0, "The plumber is Mr Kowalski, number 555 0142.", "note:numbers", NOW - 1e7),
]


def recalled(
    tmp_path: Path, question: str, passages: list[Passage], limit: int = 3, meaning: bool = True
) -> list[Passage]:
    async def main() -> list[Passage]:
        embedder = WordEmbedder() if meaning else None
        async with Store.open(tmp_path / "m.db", embedder) as store:
            await store.passages.remember(passages)
            return await store.passages.recall(question, limit=limit, now=NOW)

    return run(main())


@pytest.mark.parametrize("meaning", [True, False])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When did the washing machine finish?", "The washing machine finished."),
        ("Is Anna allergic?", "Anna is allergic to peanuts."),
        ("KOWALSKI'S NUMBER?", "The plumber is Mr Kowalski, number 555 0142."),
        ("Is Kowalski 555 0142?", "The plumber is Mr Kowalski, number 555 0142."),
    ],
)
def test_the_passage_that_answers_comes_first(
    tmp_path: Path, question: str, answer: str, meaning: bool
) -> None:
    found = recalled(tmp_path, question, HOUSE, meaning=meaning)
    assert found[0].text == answer
    assert found[0].score > 0


@pytest.mark.parametrize("meaning", [True, False])
@pytest.mark.parametrize("question", ["Who wrote Hamlet?", "What is it to you?", "", "?!", " \x00"])
def test_what_nothing_answers_gets_nothing(tmp_path: Path, question: str, meaning: bool) -> None:
    assert recalled(tmp_path, question, HOUSE, meaning=meaning) == []


@pytest.mark.parametrize("meaning", [True, False])
def test_one_shared_word_of_many_is_not_enough(tmp_path: Path, meaning: bool) -> None:
    far = "Which machine learning course does some university near Heidelberg offer during autumn"
    assert recalled(tmp_path, far, HOUSE, meaning=meaning) == []


def test_a_rare_word_is_found_behind_a_crowd_of_nearer_texts(tmp_path: Path) -> None:
    crowd = [Passage(0, f"alpha beta gamma delta {n}", "note:n", NOW) for n in range(2 * DEPTH)]
    wanted = Passage(0, "Kowalski drum", "note:n", NOW)
    question = "alpha beta gamma delta Kowalski"
    assert "Kowalski drum" in [p.text for p in recalled(tmp_path, question, [*crowd, wanted], 99)]


def test_of_what_happened_often_the_last_time_is_told_once(tmp_path: Path) -> None:
    found = recalled(tmp_path, "When did the washing machine finish?", HOUSE)
    assert [(p.text, p.at) for p in found] == [(HOUSE[0].text, NOW - 7200)]


def test_a_thousand_repeats_do_not_crowd_out_the_one_that_answers(tmp_path: Path) -> None:
    repeats = [
        Passage(0, "The front door was opened.", "mqtt:d", NOW - 100 * n) for n in range(1000)
    ]
    wanted = Passage(0, "The front door key is under the third flower pot.", "note:k", NOW - 1e8)
    found = recalled(tmp_path, "Where is the front door key?", [*repeats, wanted])
    assert wanted.text in [p.text for p in found]


def test_among_equals_the_more_recent_comes_first(tmp_path: Path) -> None:
    rooms = ["attic", "cellar", "study"]
    ages = [9e5, 60, 8e4]
    passages = [
        Passage(0, f"Somebody painted the {room} green.", "turn:1", NOW - age)
        for room, age in zip(rooms, ages, strict=True)
    ]
    found = recalled(tmp_path, "What did somebody paint green?", passages)
    assert [p.at for p in found] == [NOW - 60, NOW - 8e4, NOW - 9e5]


def test_a_passage_from_the_future_is_no_fresher_than_now(tmp_path: Path) -> None:
    future = Passage(0, "The washing machine finished.", "mqtt:w", NOW + 1e9)
    assert recalled(tmp_path, "washing machine", [future])[0].score < 0.1


def test_no_more_than_the_limit_best_first(tmp_path: Path) -> None:
    passages = [Passage(0, f"The garden bench number {n}.", "note:n", NOW) for n in range(9)]
    found = recalled(tmp_path, "the garden bench number 4", passages, limit=4)
    assert len(found) == 4
    assert found[0].text == "The garden bench number 4."
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def test_fusion_adds_reciprocal_ranks() -> None:
    scores = fused([[1, 2], [2, 3]])
    assert scores == {
        1: 1 / (RANK_OFFSET + 1),
        2: 1 / (RANK_OFFSET + 2) + 1 / (RANK_OFFSET + 1),
        3: 1 / (RANK_OFFSET + 2),
    }


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    connection = open_writer(tmp_path_factory.mktemp("recall") / "m.db")
    for text in ("The washing machine finished.", "OR AND NOT NEAR text"):
        add_passage(connection, add_text(connection, text), "note:n", NOW)
    yield connection
    connection.close()


hostile = st.text(
    st.one_of(st.sampled_from("\"'*^:(){}+-,.;\\%_\x00\n NEARORNOTAND"), st.characters())
)


@settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(hostile)
@example('" OR text:')
@example("NEAR(a b, 3)")
@example("text : machine")
@example("a" * 100_000)
@example("machine OR " * 5_000)
@example("̈́́ ª º ² ½ ٣ ㎏")
def test_no_text_is_syntax_to_the_search(connection: apsw.Connection, text: str) -> None:
    recall(connection, Question(text, None, NOW), None, 3)


@settings(deadline=None)
@given(hostile)
def test_a_word_of_a_text_finds_it_whatever_stands_around_it(
    connection: apsw.Connection, noise: str
) -> None:
    question = f"{noise[:20]} machine {noise[20:]}"
    if len(content_words(question)) <= 2:
        found = recall(connection, Question(question, None, NOW), None, 3)
        assert found[0].text == "The washing machine finished."


def test_words_of_the_query_language_are_words(connection: apsw.Connection) -> None:
    sql = "SELECT rowid FROM text_words WHERE text_words MATCH ?"
    with pytest.raises(apsw.SQLError):
        connection.execute(sql, ("NEAR AND NOT",)).fetchall()
    assert connection.execute(sql, (match_any(["NEAR", "AND", "NOT"]),)).get == 2


def test_a_text_without_vector_is_found_by_word_beside_those_with(tmp_path: Path) -> None:
    async def main() -> set[str]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.passages.remember(HOUSE[:1])
        async with Store.open(tmp_path / "m.db", WordEmbedder()) as store:
            new = Passage(0, "The washing machine was repaired.", "note:n", NOW)
            await store.passages.remember([new])
            found = await store.passages.recall("washing machine", limit=3, now=NOW)
            return {p.text for p in found}

    assert run(main()) == {"The washing machine finished.", "The washing machine was repaired."}


def test_vectors_come_back_as_they_went_in(tmp_path: Path) -> None:
    embedder = WordEmbedder()

    async def main() -> None:
        async with Store.open(tmp_path / "m.db", embedder) as store:
            await store.passages.remember(HOUSE)
            query = (await embedder.embed([HOUSE[2].text]))[0]
            index = store.passages._index
            assert index is not None
            nearest = await store.passages._database.read(lambda c: index.nearest(c, query, 2))
            again = await store.passages._database.read(
                lambda c: index.cosines(c, query, list(nearest))
            )
        assert list(nearest.values()) == sorted(nearest.values(), reverse=True)
        assert np.isclose(max(nearest.values()), 1.0, atol=1e-5)
        assert np.allclose(list(nearest.values()), list(again.values()), atol=1e-5)

    run(main())
