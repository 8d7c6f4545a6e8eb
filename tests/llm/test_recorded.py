"""Recordings: the same answer for everyone, and no silent miss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlops_lib.errors import InputError
from mlops_lib.llm import Completion, Message, RecordedModel, RecordingModel, read_recordings
from mlops_lib.llm.errors import ModelUnavailableError
from mlops_lib.llm.model import Model

LONG = "<context>" + "The same guide for all. " * 50 + "</context>"


@dataclass
class Counting:
    """A model whose answers differ each time."""

    asked: list[str] = field(default_factory=list)
    id: str = "claude-x"

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        if messages[-1].content == "down":
            raise ModelUnavailableError("overloaded")
        self.asked.append(messages[-1].content)
        return Completion(
            text=f"answer {len(self.asked)}",
            input_tokens=max_tokens,
            output_tokens=len(system),
            cost_usd=0.001,
            stop_reason="end",
            model=self.id,
        )


def ask(model: Model, text: str, system: str = "Be brief.") -> str:
    return model.complete([Message(role="user", content=text)], max_tokens=100, system=system).text


def record(path: Path, *texts: str, repeats: int = 1) -> Counting:
    live = Counting()
    recordings = read_recordings(path, may_be_new=True)
    for repeat in range(repeats):
        for text in texts:
            ask(RecordingModel(model=live, recordings=recordings, repeat=repeat), text)
    recordings.sort()
    return live


def replay(path: Path, text: str, *, repeat: int = 0, system: str = "Be brief.") -> str:
    model = RecordedModel(id="claude-x", recordings=read_recordings(path), repeat=repeat)
    return ask(model, text, system)


def test_each_repeat_gives_the_answer_that_it_gave(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl", "one", "two", repeats=2)
    said = [replay(tmp_path / "r.jsonl", text, repeat=r) for r in (0, 1) for text in ("one", "two")]
    assert said == ["answer 1", "answer 2", "answer 3", "answer 4"]


def test_recording_again_asks_only_for_what_is_new(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl", "one")
    content = (tmp_path / "r.jsonl").read_bytes()
    assert record(tmp_path / "r.jsonl", "one").asked == []
    assert (tmp_path / "r.jsonl").read_bytes() == content
    assert record(tmp_path / "r.jsonl", "one", "two").asked == ["two"]


def test_the_order_of_recording_does_not_change_the_file(tmp_path: Path) -> None:
    for name, texts in (("a", ("x", "y")), ("b", ("y", "x"))):
        live = Counting()
        recordings = read_recordings(tmp_path / name, may_be_new=True)
        for text in texts:
            live.asked.clear()
            ask(RecordingModel(model=live, recordings=recordings), text)
        recordings.sort()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("text", "repeat", "system", "told"),
    [
        (f"{LONG} how long?", 0, "Be brief.", "differs in messages: .*how much.*how long"),
        (f"{LONG} how much?", 0, "Be long.", "differs in system: .*Be brief.*Be long"),
        (f"{LONG} how much?", 3, "Be brief.", "recorded as repeat 0 only"),
    ],
)
def test_a_miss_ends_the_run_and_shows_the_nearest(
    tmp_path: Path, text: str, repeat: int, system: str, told: str
) -> None:
    record(tmp_path / "r.jsonl", f"{LONG} how much?", "something else entirely")
    with pytest.raises(InputError, match=told):
        replay(tmp_path / "r.jsonl", text, repeat=repeat, system=system)


def test_another_model_is_a_miss(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl", "one")
    model = RecordedModel(id="claude-y", recordings=read_recordings(tmp_path / "r.jsonl"))
    with pytest.raises(InputError, match="differs in model"):
        ask(model, "one")


def test_a_failure_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError):
        record(tmp_path / "r.jsonl", "down")
    assert not (tmp_path / "r.jsonl").exists()


def test_a_missing_or_edited_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--record"):
        read_recordings(tmp_path / "none.jsonl")
    record(tmp_path / "r.jsonl", "one")
    content = (tmp_path / "r.jsonl").read_text(encoding="utf-8")
    (tmp_path / "r.jsonl").write_text(f"{{\n{content.replace('one', 'two')}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_recordings(tmp_path / "r.jsonl")
    assert [problem.row for problem in caught.value.problems] == [1, 2]
    assert "edited" in caught.value.problems[1].message
