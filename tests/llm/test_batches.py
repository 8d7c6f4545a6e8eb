"""Message batches through the real SDK, over HTTP: half the price, and nothing sent twice."""

import random
import time
from collections.abc import Iterator

import pytest

from mlops_lib.errors import InputError
from mlops_lib.llm import (
    AnthropicModel,
    Completion,
    LocalModel,
    Message,
    ModelError,
    ModelUnavailableError,
    RejectedRequestError,
    Request,
)
from mlops_lib.llm.batches import Batches, batches_of
from mlops_lib.llm.retry import World
from tests.llm.service import Service

pytest.importorskip("anthropic")

MODEL = "claude-haiku-5-5"
FATE = ("answer", "expired", "canceled", "errored", "refused")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary-0123456789")
    opened = Service()
    yield opened
    opened.close()


@pytest.fixture
def batches(service: Service) -> Batches:
    world = World(sleep=lambda _: None, rng=random.Random(1))
    return Batches(model=AnthropicModel(id=MODEL, base_url=service.url, world=world))


def requests(*texts: str) -> dict[str, Request]:
    return {
        f"id-{i}": Request(
            messages=[Message(role="user", content=text)], max_tokens=300, system="S"
        )
        for i, text in enumerate(texts)
    }


def sent(batches: Batches, *texts: str) -> str:
    return batches.send(requests(*texts), begun=time.time())


def test_a_batch_is_sent_awaited_and_answered_at_half_the_price(
    service: Service, batches: Batches
) -> None:
    service.looks = 2
    name = sent(batches, "a", "b")
    assert [batches.look(name).ended for _ in range(2)] == [False, True]
    found = dict(batches.results(name))
    assert set(found) == {"id-0", "id-1"}
    answer = found["id-0"]
    assert isinstance(answer, Completion)
    # claude-haiku-5-5: 1000 tokens at 0.10 and 100 at 0.50 USD per million, halved.
    assert answer.cost_usd == pytest.approx(0.00015 / 2)
    (made,) = service.batches.values()
    assert made["requests"][0]["params"]["system"] == "S"


def test_each_request_has_its_own_fate(service: Service, batches: Batches) -> None:
    service.fate = lambda _number, message: "" if message == "answer" else message
    found = dict(batches.results(sent(batches, *FATE)))
    kinds = {fate: type(found[f"id-{i}"]) for i, fate in enumerate(FATE)}
    assert kinds == {
        "answer": Completion,
        "expired": ModelUnavailableError,
        "canceled": ModelError,
        "errored": ModelUnavailableError,
        "refused": RejectedRequestError,
    }
    assert "too many" in str(found["id-4"])


def test_a_reply_that_is_lost_is_no_reason_to_pay_twice(service: Service, batches: Batches) -> None:
    service.loses_next = True
    assert sent(batches, "a", "b") == "msgbatch_1"
    assert len(service.batches) == 1


def test_a_batch_of_another_size_is_not_taken_for_the_lost_one(
    service: Service, batches: Batches
) -> None:
    sent(batches, "a")
    service.loses_next = True
    assert sent(batches, "a", "b") == "msgbatch_2"


def test_results_that_break_off_are_fetched_again(service: Service, batches: Batches) -> None:
    name = sent(batches, *("abcdefgh"))
    service.cuts_next = True
    assert len(dict(batches.results(name))) == 8


def test_results_are_fetched_from_our_own_address_only(service: Service, batches: Batches) -> None:
    elsewhere = Service()
    try:
        service.results_url = f"{elsewhere.url}/v1/messages/batches/msgbatch_1/results"
        assert len(dict(batches.results(sent(batches, "a")))) == 1
        assert not elsewhere.batches
    finally:
        elsewhere.close()


def test_other_models_have_no_batches() -> None:
    with pytest.raises(InputError, match="Claude"):
        batches_of(LocalModel())
    with pytest.raises(InputError, match="no message batches"):
        batches_of(AnthropicModel(id=MODEL, platform="bedrock"))
