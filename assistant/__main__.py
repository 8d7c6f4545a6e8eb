"""Command line of the reference application."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

# Before numpy: spinning threads of a busy machine make small products slower, not faster.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from assistant.progress import told
from mlops_lib.errors import InputError, MlopsError

if TYPE_CHECKING:
    from assistant.answer import Answer

OK, BAD_INPUT, BROKEN = 0, 2, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, and return the exit status: 0 done, 2 bad input, 4 a service broke.

    Args:
        arguments: without the program's name; by default the process's.
    """
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    except MlopsError as error:
        sys.stderr.write(f"{error}\n")
        return BROKEN


def _ask(options: argparse.Namespace) -> int:
    from pathlib import Path

    from assistant.release import PROMPT, release
    from assistant.retrieval import serving
    from assistant.serve import serve
    from mlops_lib.prompts import active_version
    from mlops_lib.request_log import RequestLog

    version = options.prompt_version or active_version(options.prompts, PROMPT, "production")
    current = serving(options.index, options.corpus)
    questions = sys.stdin if options.question == "-" else [options.question]
    Path(options.log).parent.mkdir(parents=True, exist_ok=True)
    status = OK
    with RequestLog(options.log) as log:
        for question in questions:
            assistant = release(current(), options.prompts, version, choice=options.model)
            status = max(status, _say(serve(question.strip(), assistant, log)))
    return status


def _say(answer: "Answer") -> int:
    if answer.text is None:
        sys.stderr.write(f"the model gave no answer: {answer.error}\n")
        return BROKEN
    sections = [f"  {score:.2f}  {section}" for section, score in answer.retrieved]
    sys.stdout.write("\n".join([answer.text, *(["", "Sections:"] if sections else []), *sections]))
    sys.stdout.write("\n")
    sys.stdout.flush()
    return OK


def _simulate(options: argparse.Namespace) -> int:
    from assistant.scenario import Scenario
    from assistant.simulate import simulate

    scenario = Scenario(days=options.days, last_day=options.last_day, seed=options.seed)
    count = simulate(
        options.out, scenario, corpus=options.corpus, prompts=options.prompts, progress=told
    )
    sys.stdout.write(f"{options.out}: {count:,} requests\n")
    return OK


def _evaluate(options: argparse.Namespace) -> int:
    from assistant.evaluate import Version, evaluate

    version = Version(
        prompt_version=options.prompt_version,
        repeats=options.repeats,
        choice=options.model,
        corpus=options.corpus,
        prompts=options.prompts,
    )
    count = evaluate(options.cases, options.out, version, progress=told)
    sys.stdout.write(f"{options.out}: {count:,} answers\n")
    return OK


def _demo(options: argparse.Namespace) -> int:
    from assistant.corpora import write_version
    from assistant.demo import prepare

    prepare(options.out, cases=options.cases, force=options.force, progress=told)
    write_version("v2", f"{options.out}/corpus_v2")
    return OK


def _corpus(options: argparse.Namespace) -> int:
    from assistant.corpora import write_version

    pages = write_version(options.version, options.out)
    sys.stdout.write(f"{options.out}: {pages} pages\n")
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m assistant",
        description="Answers questions about operating GenAI applications from the guide.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_ask(commands)
    _add_simulate(commands)
    _add_evaluate(commands)
    _add_demo(commands)
    _add_corpus(commands)
    return parser


def _add_ask(commands: Any) -> None:  # noqa: ANN401
    ask = commands.add_parser(
        "ask",
        help="answer one question, and log it",
        epilog='Example: python -m assistant ask "how long must a canary last?"',
    )
    ask.add_argument("question", help='"-" takes one a line from standard input')
    ask.add_argument("--prompt-version", type=_positive, help="default: what production runs")
    ask.add_argument(
        "--index",
        default="data/index",
        help="what `mlops index` made live; without it the corpus is indexed in memory "
        "(default: %(default)s)",
    )
    ask.add_argument("--log", default="data/asked.db", help="request log (default: %(default)s)")
    _add_sources(ask)
    _add_model(ask)
    ask.set_defaults(command=_ask)


def _add_simulate(commands: Any) -> None:  # noqa: ANN401
    simulate = commands.add_parser(
        "simulate",
        help="write a request log of simulated traffic",
        description="Drives simulated users through the real application. It always answers with "
        "the local model: thirteen thousand answers must be free, offline, done in seconds, and "
        "the same for the same seed. Latency is modelled, because the local model is instant.",
        epilog="Example: python -m assistant simulate --days 37 --seed 7 --out data/requests.db",
    )
    simulate.add_argument("--days", type=_positive, default=37)
    simulate.add_argument("--seed", type=int, default=7)
    simulate.add_argument("--last-day", type=date.fromisoformat, default=date(2026, 6, 30))
    simulate.add_argument("--out", default="data/requests.db")
    _add_sources(simulate)
    simulate.set_defaults(command=_simulate)


def _add_evaluate(commands: Any) -> None:  # noqa: ANN401
    evaluate = commands.add_parser(
        "evaluate",
        help="answer the evaluation cases with one version of the prompt",
        description="Critical cases are asked at least three times.",
        epilog="Example: python -m assistant evaluate --prompt-version 2 "
        "--out data/runs/candidate.jsonl",
    )
    evaluate.add_argument("--cases", default="eval/cases.jsonl")
    evaluate.add_argument("--prompt-version", type=_positive, default=1)
    evaluate.add_argument("--repeats", type=_positive, default=2)
    evaluate.add_argument("--out", default="data/runs/baseline.jsonl")
    _add_sources(evaluate)
    _add_model(evaluate)
    evaluate.set_defaults(command=_evaluate)


def _add_demo(commands: Any) -> None:  # noqa: ANN401
    demo = commands.add_parser(
        "demo",
        help="make what the notebooks need, skipping what is up to date",
        epilog="Example: python -m assistant demo",
    )
    demo.add_argument("--out", default="data")
    demo.add_argument("--cases", default="eval/cases.jsonl")
    demo.add_argument("--force", action="store_true", help="make everything again")
    demo.set_defaults(command=_demo)


def _add_corpus(commands: Any) -> None:  # noqa: ANN401
    corpus = commands.add_parser(
        "corpus",
        help="write a version of the corpus to a folder",
        description="v1 is what the assistant answers from. v2 is v1 with the pages of "
        "corpus_candidate/, which cover three topics that users ask and v1 lacks.",
        epilog="Example: python -m assistant corpus v2 --out data/corpus_v2",
    )
    corpus.add_argument("version", choices=("v1", "v2"))
    corpus.add_argument("--out", required=True, help="folder; must be absent or a version")
    corpus.set_defaults(command=_corpus)


def _add_sources(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--corpus", default="corpus", help="pages, or a stored index (default: %(default)s)"
    )
    command.add_argument("--prompts", default="prompts", help="default: %(default)s")


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model",
        choices=("auto", "local", "claude"),
        default="auto",
        help="auto: Claude when ANTHROPIC_API_KEY is set, else the local model",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
