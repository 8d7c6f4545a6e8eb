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
