"""The pointer: only what passed goes live, back is one step, and the history tells all of it."""

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlops_lib import index
from mlops_lib.errors import InputError
from mlops_lib.index import Recipe, Signature, Store
from mlops_lib.index.manifest import MANIFEST
from mlops_lib.verdict import Outcome
from tests.index.conftest import TOPICS, WHY, make_live, write_corpus, write_probes


@pytest.fixture
def second(store: Store, live: str, corpus: str, probes: Path) -> str:
    """Another version, live after the first."""
    assert live
    write_corpus(Path(corpus), ["agents"])
    return make_live(store, corpus, probes)


def test_what_passes_goes_live_and_back_again(store: Store, live: str, second: str) -> None:
    assert index.live_version(store) == second
    assert index.rollback(store, WHY).version == live
    assert index.live_version(store) == live


def test_a_second_rollback_returns(store: Store, second: str) -> None:
    index.rollback(store, WHY)
    assert index.rollback(store, WHY).version == second


def test_the_history_says_who_when_and_why(store: Store, live: str, second: str) -> None:
    index.rollback(store, Signature(why="wrong answers", by="ada"))
    events = index.read_history(store)
    assert [(e.event, e.version) for e in events] == [
        ("build", live), ("swap", live), ("build", second), ("swap", second), ("rollback", live),
    ]  # fmt: skip
    last = events[-1]
    assert (last.by, last.why, last.previous, last.number) == ("ada", "wrong answers", second, 3)
    assert last.at.endswith("Z")


def test_a_swap_without_a_reason_is_refused(store: Store, second: str) -> None:
    with pytest.raises(InputError, match="why"):
        index.rollback(store, Signature(why="  "))
    assert index.live_version(store) == second


def test_the_actor_of_ci_signs(store: Store, live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", "octo")
    (store.pointer).unlink()
    verdict = index.check_health(store, store.folder(live), probes=None)
    assert verdict.outcome is Outcome.UNDECIDED
    with pytest.raises(InputError, match="UNDECIDED"):
        index.swap(store, live, verdict, WHY)
    assert index.rollback(store, Signature(why="lost the pointer"), to=live).by == "octo"


def test_what_is_live_is_not_swapped_in_twice(store: Store, live: str, probes: Path) -> None:
    verdict = index.check_health(store, store.folder(live), probes=probes)
    assert index.swap(store, live, verdict, WHY).number == 1
    assert len(index.read_history(store)) == 2


def test_a_version_that_fails_never_goes_live(
    store: Store, live: str, corpus: str, probes: Path
) -> None:
    for topic in TOPICS[:4]:
        (Path(corpus) / "guide" / f"{topic}.md").unlink()
    built = index.build(store, Recipe(corpus=(corpus,)))
    verdict = index.check_health(store, built.folder, probes=probes)
    assert verdict.outcome is Outcome.FAIL
    assert f"guide/{TOPICS[1]}.md" in verdict.checks[0].explanation
    with pytest.raises(InputError, match="is not swapped in"):
        index.swap(store, built.manifest.version, verdict, WHY)
    assert index.live_version(store) == live


def test_a_verdict_speaks_for_its_own_version_only(
    store: Store, live: str, second: str, probes: Path
) -> None:
    verdict = index.check_health(store, store.folder(second), probes=probes)
    with pytest.raises(InputError, match="not of this version"):
        index.swap(store, live, verdict, WHY)


def test_a_damaged_version_is_neither_swapped_nor_rolled_back_to(
    store: Store, live: str, second: str, probes: Path
) -> None:
    verdict = index.check_health(store, store.folder(live), probes=probes)
    (store.folder(live) / "sections.jsonl").write_text("")
    with pytest.raises(InputError, match=r"damaged: sections\.jsonl"):
        index.rollback(store, WHY)
    with pytest.raises(InputError, match=r"damaged: sections\.jsonl"):
        index.swap(store, live, verdict, WHY)
    assert index.live_version(store) == second


def test_a_rollback_goes_only_where_it_came_from(store: Store, second: str, tmp_path: Path) -> None:
    other = index.build(store, Recipe(corpus=(write_corpus(tmp_path / "o", ["roles", "teams"]),)))
    with pytest.raises(InputError, match="was never live"):
        index.rollback(store, WHY, to=other.manifest.version)
    with pytest.raises(InputError, match="was never live"):
        index.rollback(store, WHY, to="../../etc")
    assert index.live_version(store) == second


def test_the_first_has_no_way_back(store: Store, live: str) -> None:
    with pytest.raises(InputError, match="no way back"):
        index.rollback(store, WHY)
    assert index.live_version(store) == live


def test_an_unknown_version_names_those_that_there_are(store: Store, live: str) -> None:
    with pytest.raises(InputError, match=f"there are {live}"):
        store.manifest("idx-000000000000")


def test_too_few_probes_decide_nothing(store: Store, corpus: str, tmp_path: Path) -> None:
    built = index.build(store, Recipe(corpus=(corpus,)))
    few = write_probes(tmp_path / "few.jsonl", TOPICS[:5])
    verdict = index.check_health(store, built.folder, probes=few)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "At least 20 probes" in verdict.checks[0].explanation


def test_a_drop_against_live_fails_even_above_the_limit(
    store: Store, live: str, corpus: str, probes: Path
) -> None:
    assert live
    (Path(corpus) / "guide" / "taxes.md").unlink()
    built = index.build(store, Recipe(corpus=(corpus,)))
    verdict = index.check_health(store, built.folder, probes=probes)
    by_name = {check.name: check for check in verdict.checks}
    assert by_name["probes found"].outcome is Outcome.PASS  # 23 of 24
    against = by_name["probes found against the live index"]
    assert against.outcome is Outcome.FAIL
    assert against.estimate == pytest.approx(-1 / 24)
    assert "how do taxes work" in against.explanation


def test_a_much_larger_corpus_is_worth_a_word(
    store: Store, live: str, corpus: str, probes: Path
) -> None:
    assert live
    write_corpus(Path(corpus), [f"{topic}-two" for topic in TOPICS])
    built = index.build(store, Recipe(corpus=(corpus,)))
    verdict = index.check_health(store, built.folder, probes=probes)
    assert verdict.outcome is Outcome.WARN
    assert index.swap(store, built.manifest.version, verdict, WHY).number == 2


def test_a_section_without_a_vector_fails(store: Store, corpus: str, probes: Path) -> None:
    built = index.build(store, Recipe(corpus=(corpus,)))
    opened = index.open_index(built.folder)
    opened.vectors[3] = 0
    health = index.measure(opened, built.folder, index.read_probes(probes))
    assert health.without_vector == 1
    assert index.judge(health).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is no JSON"),
        ('{"query": "a"}', "exactly the keys"),
        ('{"query": " ", "expected": ["a"]}', "query must be text"),
        ('{"query": "a", "expected": []}', "at least one page"),
        ('{"query": "a", "expected": [1]}', "names of pages"),
    ],
)
def test_a_bad_probe_is_named_by_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(f'{{"query": "a", "expected": ["b"]}}\n{line}\n')
    with pytest.raises(InputError, match=rf"row 2: .*{message}"):
        index.read_probes(path)


def test_cleaning_keeps_live_previous_and_the_newest(
    store: Store, live: str, second: str, corpus: str, probes: Path
) -> None:
    write_corpus(Path(corpus), ["voice"])
    third = make_live(store, corpus, probes)
    write_corpus(Path(corpus), ["images"])
    candidate = index.build(store, Recipe(corpus=(corpus,))).manifest.version
    assert index.clean(store) == (live,)
    assert set(store.versions()) == {second, third, candidate}
    assert index.read_history(store)[-1].event == "clean"
    assert index.clean(store, keep=0) == (candidate,)


def test_cleaning_leaves_alone_what_a_reader_holds(
    store: Store, live: str, second: str, corpus: str, probes: Path
) -> None:
    index.rollback(store, WHY)
    with index.LiveIndex(store.root) as reader:
        assert reader.current().version == live
        index.rollback(store, WHY)
        write_corpus(Path(corpus), ["voice"])
        third = make_live(store, corpus, probes)
        assert index.clean(store, keep=0) == ()
    assert index.clean(store, keep=0) == (live,)
    assert set(store.versions()) == {second, third}


def test_a_reader_follows_the_pointer(store: Store, live: str, second: str) -> None:
    with index.LiveIndex(store.root) as reader:
        during = reader.current()
        index.rollback(store, WHY)
        assert during.version == second  # a request ends on what it began with
        assert reader.current().version == live


def test_a_reader_keeps_serving_when_the_new_version_cannot_be_opened(
    store: Store, live: str, second: str
) -> None:
    with index.LiveIndex(store.root) as reader:
        index.rollback(store, WHY)
        (store.folder(live) / MANIFEST).write_text("{}")
        assert reader.current().version == second
        assert "manifest" in reader.problem


def test_a_reader_keeps_its_embedder_where_the_build_kept_it(
    store: Store, live: str, corpus: str, probes: Path
) -> None:
    with index.LiveIndex(store.root) as reader:
        before = reader.current()
        write_corpus(Path(corpus), ["agents"])
        make_live(store, corpus, probes, keep=True)
        after = reader.current()
    assert (before.version, after.version == live) == (live, False)
    assert after.embedder is before.embedder  # a reload fits nothing anew


def test_threads_share_one_live_index(store: Store, live: str, second: str) -> None:
    with index.LiveIndex(store.root) as reader, ThreadPoolExecutor(8) as pool:
        assert {each.version for each in pool.map(lambda _: reader.current(), range(40))} == {
            second
        }
        index.rollback(store, WHY)
        seen = {each.version for each in pool.map(lambda _: reader.current(), range(40))}
        assert seen <= {live, second}
        assert reader.current().version == live


def test_nothing_live_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no index is live here"):
        index.open_index(tmp_path)
    assert not index.is_built(tmp_path)


@pytest.mark.parametrize("text", ["", "{", '{"version": "idx-1"}', "[]"])
def test_a_damaged_pointer_is_said(store: Store, live: str, text: str) -> None:
    assert live
    store.pointer.write_text(text)
    with pytest.raises(InputError, match="pointer"):
        index.read_pointer(store)


def test_a_pointer_to_outside_is_refused(store: Store, live: str) -> None:
    content = json.loads(store.pointer.read_text())
    store.pointer.write_text(json.dumps({**content, "version": f"../{live}"}))
    with pytest.raises(InputError, match="names no version"):
        index.read_pointer(store)


def test_a_move_whose_line_was_not_written_is_told_and_mended(
    store: Store, live: str, second: str
) -> None:
    lines = store.history.read_text().splitlines(keepends=True)
    assert json.loads(lines[-1])["event"] == "swap"
    store.history.write_text("".join(lines[:-1]) + lines[-1][:20])  # killed while writing
    assert index.read_history(store)[-1].version == second
    index.rollback(store, WHY)
    moves = [event for event in index.read_history(store) if event.number]
    assert [(e.number, e.version) for e in moves] == [(1, live), (2, second), (3, live)]


@pytest.mark.parametrize("call", range(1, 12))
def test_a_disk_that_fails_leaves_one_pointer_and_one_story(
    store: Store, live: str, second: str, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The n-th flush of the swap fails, for every n that there is and some more.
    flushes, real = [0], os.fsync

    def fail(handle: int) -> None:
        flushes[0] += 1
        if flushes[0] == call:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)
    with contextlib.suppress(OSError):
        index.rollback(store, WHY)
    monkeypatch.undo()
    now = index.live_version(store)
    assert now in {live, second}
    assert index.open_index(store.root).version == now
    before = index.read_history(store)[-1]
    assert (before.event, before.version) == (
        ("rollback", live) if now == live else ("swap", second)
    )
    assert index.rollback(store, WHY).version == (second if now == live else live)
    numbers = [event.number for event in index.read_history(store) if event.number]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("text", ["", '{"version": "x"}', "[]"])
def test_a_rollback_replaces_a_damaged_pointer_from_the_history(
    store: Store, live: str, second: str, text: str
) -> None:
    for number, (target, other) in enumerate([(second, live), (live, second)], start=3):
        store.pointer.write_text(text)
        assert index.read_history(store)[-1].number == number - 1
        with pytest.raises(InputError, match=r"rollback --to VERSION"):
            index.rollback(store, WHY)
        move = index.rollback(store, WHY, to=target)
        assert (move.version, move.previous, move.number) == (target, other, number)
        assert index.read_pointer(store) == move
    numbers = [event.number for event in index.read_history(store) if event.number]
    assert numbers == [1, 2, 3, 4]


def test_a_rollback_needs_no_history(store: Store, live: str, second: str) -> None:
    for target in (live, second):
        store.history.unlink()
        assert index.rollback(store, WHY).version == target
    store.history.unlink()
    assert index.rollback(store, WHY, to=live).version == live


def test_a_rollback_needs_no_pointer(store: Store, live: str, second: str) -> None:
    for number, (target, other) in enumerate([(second, live), (live, second)], start=3):
        store.pointer.unlink()
        with pytest.raises(InputError, match=r"CURRENT is gone.*--to VERSION") as caught:
            index.rollback(store, WHY)
        assert f"whole: {', '.join(sorted([live, second]))}" in str(caught.value)
        move = index.rollback(store, WHY, to=target)
        assert (move.version, move.previous, move.number) == (target, other, number)
    store.pointer.unlink()
    (store.folder(second) / MANIFEST).unlink()
    with pytest.raises(InputError, match=f"whole: {live}$"):
        index.rollback(store, WHY)


def test_a_swap_without_a_pointer_goes_on_with_the_history(
    store: Store, live: str, second: str, probes: Path
) -> None:
    store.pointer.unlink()
    verdict = index.check_health(store, store.folder(live), probes=probes)
    move = index.swap(store, live, verdict, WHY)
    assert (move.version, move.previous, move.number) == (live, second, 3)
    assert index.rollback(store, WHY).version == second


def test_without_pointer_and_history_a_version_can_only_be_swapped_in(
    store: Store, live: str, second: str, probes: Path
) -> None:
    store.pointer.unlink()
    store.history.unlink()
    with pytest.raises(InputError, match="no way back"):
        index.rollback(store, WHY)
    with pytest.raises(InputError, match=r"can be swapped in\. Once live: none"):
        index.rollback(store, WHY, to=live)
    verdict = index.check_health(store, store.folder(second), probes=probes)
    assert index.swap(store, second, verdict, WHY).number == 1


@pytest.mark.parametrize("lost", [["CURRENT"], ["CURRENT", "history.jsonl"]])
def test_nothing_is_cleaned_away_while_nothing_tells_what_is_live(
    store: Store, live: str, second: str, lost: list[str]
) -> None:
    for name in lost:
        (store.root / name).unlink()
    with pytest.raises(InputError, match=r"CURRENT: is gone.*rollback --to VERSION"):
        index.clean(store, keep=0)
    assert set(store.versions()) == {live, second}


def test_what_was_never_swapped_in_is_cleaned_without_a_pointer(store: Store, corpus: str) -> None:
    built = index.build(store, Recipe(corpus=(corpus,))).manifest.version
    assert index.clean(store) == ()
    assert index.clean(store, keep=0) == (built,)


def test_a_reason_with_other_ends_of_lines_stays_one_event(
    store: Store, live: str, second: str
) -> None:
    assert live != second
    index.rollback(store, Signature(why="one\u2028two"))
    index.rollback(store, Signature(why="long " * 14_000))
    index.rollback(store, WHY)
    events = [event for event in index.read_history(store) if event.number]
    assert [event.number for event in events] == [1, 2, 3, 4, 5]
    assert events[2].why == "one\u2028two"


def test_a_reason_that_is_no_text_is_refused(store: Store, live: str, second: str) -> None:
    assert live != second
    with pytest.raises(InputError, match="why: is no UTF-8 text"):
        index.rollback(store, Signature(why="bad\udcffbyte"))
    assert index.live_version(store) == second


def test_what_a_killed_writer_left_of_the_pointer_does_not_stay(
    store: Store, live: str, second: str
) -> None:
    assert live != second
    (store.root / ".CURRENT.partial").write_text("half")
    index.rollback(store, WHY)
    assert list(store.root.glob(".CURRENT*")) == []
