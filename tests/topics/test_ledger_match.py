"""A gap is known again by what it is about: one to one, and not by words that go with any."""

import itertools

from mlops_lib.topics.ledger_match import Mark, match


def mark(keys: str, *terms: str) -> Mark:
    return Mark(keys=frozenset(keys), terms=terms)


LINK = mark("abcd", "link", "new", "card", "app")
ACTIVATE = mark("uvwxyz", "activate", "card", "new", "activation")


def test_the_better_fit_wins_whichever_gap_is_first() -> None:
    # The large gap shares "card" and the everyday "new" with the known one, the other half of
    # its questions.
    again = mark("abef", "link", "app", "card", "add")
    assert match([ACTIVATE, again], [LINK]) == {1: 0}
    assert match([again, ACTIVATE], [LINK]) == {0: 0}


def test_shared_questions_outrank_terms() -> None:
    same_words, same_questions = mark("xyz", *LINK.terms), mark("abcd", "other", "words")
    assert match([same_words, same_questions], [LINK]) == {1: 0}
    assert match([same_words], [LINK]) == {0: 0}


def test_each_is_used_once_and_the_most_alike_pairs_first() -> None:
    # Jaccard by hand: of the big ones 8/12, of the small ones 3/5, of new small and big 3/13.
    big, small = mark("abcdefghijkl", "p"), mark("ijkl", "q")
    new_big, new_small = mark("abcdefgh", "p"), mark("jklm", "q")
    for found in itertools.permutations([new_big, new_small]):
        places = match(found, [big, small])
        assert {found[here]: there for here, there in places.items()} == {new_big: 0, new_small: 1}


def test_few_of_the_questions_do_not_make_two_gaps_one() -> None:
    assert match([mark("abcdefghij", "p")], [mark("ijklmnopqr", "q")]) == {}
    assert match([mark("abcdefghij", "p")], [mark("hijklmnopq", "q")]) == {0: 0}


def test_half_of_the_terms_or_everyday_words_do_not_make_two_gaps_one() -> None:
    passport = mark("a", "ich", "kann", "reisepass", "verlängern")
    account = mark("b", "ich", "kann", "konto", "sperren")
    assert match([account], [passport]) == {}
    assert match([mark("a", "best", "new", "song")], [mark("b", "best", "new", "car")]) == {}
    assert match([mark("a", "card")], [mark("b", "card")]) == {}


def test_a_term_of_several_gaps_counts_in_part() -> None:
    # By hand: two of three terms are shared, 2/3. Where another gap has the same two, they weigh
    # 1/2 each, and it is (1/2 + 1/2) of (1/2 + 1/2 + 1), which is not more than half.
    moving, phone = mark("a", "alles", "über", "umzug"), mark("b", "alles", "über", "handy")
    other = mark("c", "alles", "über", "kündigung")
    assert match([phone], [moving]) == {0: 0}
    assert match([phone], [moving, other]) == {}
    assert match([phone, other], [moving]) == {}
