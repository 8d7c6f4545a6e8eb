"""A Python callable under test: `module:function`, sync or async."""

import hashlib
import importlib
import inspect
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.jsonl import validation_problems
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.running.target import UNKNOWN, Estimate, Identity, Reply, bad_reply

_EXTRAS = ("case", "repeat")
"""Keywords that a function may take beside the input."""


@dataclass(frozen=True, kw_only=True)
class PythonTarget:
    """Calls a function with the input of a case: text, or a list of messages for a conversation.

    It returns the answer as text, or a mapping with the fields of a run file. A keyword `case` or
    `repeat` is given where the function has it.

    Attributes:
        name: `module:function`.
        function: to call.

    Example:
        >>> from mlops_lib.evaluation import Case
        >>> target = PythonTarget(name="shout", function=str.upper)
        >>> target.ask(Ask(case=Case(case_id="a", input="why?"), repeat=0)).output
        'WHY?'
    """

    name: str
    function: Callable[..., Any]

    @property
    def identity(self) -> Identity:
        """The name, the hash of its package's source, and what its `fingerprint` adds.

        A function may carry a mapping `fingerprint` of what else shapes its answers, or a
        function that gives one.
        """
        more = getattr(self.function, "fingerprint", {})
        more = more() if callable(more) else more
        own = {str(name): str(value) for name, value in dict(more).items()}
        return Identity(name=self.name, parts={"code": source_hash(self.function), **own})

    @cached_property
    def is_async(self) -> bool:
        """Whether the function is a coroutine function, or an object that is called as one."""
        called = getattr(self.function, "__call__", None)  # noqa: B004 - the method itself
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(called)

    def ask(self, ask: Ask) -> Reply | Awaitable[Reply]:
        """Call the function; an exception is an answer with an error.

        Raises:
            InputError: if it returns what no answer can be made of.
        """
        if self.is_async:
            return self._ask_later(ask)
        try:
            found = self.function(_input(ask), **self._extras(ask))
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - what is under test may break in any way
            return _failed(error)
        return self._reply(found)

    def prepare(self, cases: CaseSet) -> None:
        """Nothing to prepare."""

    def estimate(self, ask: Ask) -> Estimate:  # noqa: ARG002 - of the protocol
        """Unknown: only the function knows what it calls."""
        return UNKNOWN

    async def _ask_later(self, ask: Ask) -> Reply:
        try:
            found = await self.function(_input(ask), **self._extras(ask))
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001
            return _failed(error)
        return self._reply(found)

    def _extras(self, ask: Ask) -> dict[str, Any]:
        given = {"case": ask.case, "repeat": ask.repeat}
        return {name: given[name] for name in self._wanted}

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        try:
            names = inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # some builtins have no signature
            return ()
        return tuple(name for name in _EXTRAS if name in names)

    def _reply(self, found: object) -> Reply:
        if isinstance(found, str):
            return Reply.model_construct(output=found)
        if isinstance(found, Mapping):
            try:
                return Reply.model_validate(_tuples(found))
            except ValidationError as error:
                raise InputError(validation_problems(error, Reply, source=self.name)) from None
        raise bad_reply("must return text or a mapping", type(found).__name__, self.name)


def python_target(name: str) -> PythonTarget:
    """Find a function by `module:function`; modules of the current directory are found.

    Raises:
        InputError: if there is no such module or function.
    """
    module_name, _, path = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise InputError.of(f"cannot be imported: {error}", source=module_name) from None
    for part in path.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        there = ", ".join(_functions(importlib.import_module(module_name))) or "none"
        raise InputError.of(f"no such function; there are: {there}", source=name)
    return PythonTarget(name=name, function=found)


def _functions(module: object) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]


def _input(ask: Ask) -> Any:  # noqa: ANN401
    case = ask.case
    return [turn.model_dump() for turn in case.messages] if case.history else case.input


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of pairs as the tuples that the strict model wants."""
    record = dict(found)
    if isinstance(record.get("retrieved"), list | tuple):
        record["retrieved"] = tuple(
            tuple(pair) if isinstance(pair, list | tuple) else pair for pair in record["retrieved"]
        )
    return record


def _failed(error: Exception) -> Reply:
    return Reply(error=f"{type(error).__name__}: {error}"[:500])


def source_hash(function: Callable[..., Any]) -> str:
    """Of all Python files of the package that the function stands in; "unknown" without one."""
    try:
        path = inspect.getsourcefile(function)
    except TypeError:
        path = None
    if path is None or not Path(path).is_file():
        return "unknown"
    depth = getattr(function, "__module__", "").count(".")
    place = Path(path)
    files = sorted(place.parents[depth - 1].rglob("*.py")) if depth else [place]
    found = hashlib.sha256()
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()[:16]
