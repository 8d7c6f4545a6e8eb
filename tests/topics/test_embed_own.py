"""An embedder of your own: a function, handed over as it is."""

from mlops_lib import topics
from tests.topics.logs import frame_of, read


def test_a_plain_function_embeds_the_topics() -> None:
    def first_letters(texts: list[str]) -> list[list[float]]:
        return [[float(text[0] == letter) for letter in "abc"] for text in texts]

    questions = [f"{letter} question {number}" for letter in "ab" for number in range(6)]
    rows = [(query, 0.1, 0.0, f"u{place}") for place, query in enumerate(questions)]
    rows += [("c is served", 0.9, 9.0, "v")]
    settings = topics.Settings(low_score=0.5)
    result = topics.analyse(read(frame_of(rows)), settings=settings, embedder=first_letters)
    assert sorted(gap.users for gap in result.all_gaps) == [6, 6]
    assert "first_letters" in result.embedder


def test_what_all_questions_of_a_domain_share_joins_no_topics() -> None:
    """Two topics at a cosine of 2.25 / 3.25 = .69 to each other, and to all that is served well.

    Uncentred they lie within the cut of .7, and so does every other question.
    """

    def domain(texts: list[str]) -> list[list[float]]:
        return [[1.5, *(float(text[0] == letter) for letter in "abcdefghij")] for text in texts]

    rows = [(f"{letter} topic {i}", 0.1, 0.0, f"{letter}{i}") for letter in "ab" for i in range(6)]
    rows += [(f"{'cdefghij'[i % 8]} served {i}", 0.9, i % 30, f"v{i}") for i in range(40)]
    settings = topics.Settings(low_score=0.5)
    result = topics.analyse(read(frame_of(rows)), settings=settings, embedder=domain)
    assert sorted(gap.users for gap in result.all_gaps) == [6, 6]
    few = topics.analyse(read(frame_of(rows[:-11])), settings=settings, embedder=domain)
    assert [gap.users for gap in few.all_gaps] == [12]  # a mean of 29 tells of themselves
