"""The evidence that the notebooks judge by default: made once, and again when an input changed."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.files import replaced_when_complete
from assistant.judge import RUBRIC
from assistant.progress import silent
from assistant.tracked import track
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    from assistant.scenario import Scenario

MANIFEST = "manifest.json"
TRACKED = "mlflow"
"""Entry of the manifest that says which runs were logged where."""

CASES = Path("eval/cases.jsonl")

_LIBRARY = ("embeddings", "index", "request_log.py", "llm", "prompts")
"""What of `mlops_lib` shapes the evidence."""

_PACKAGES = ("numpy", "scikit-learn", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One file of evidence.

    Attributes:
        path: below the output directory.
        inputs: hash of everything that it depends on.
        make: writes it to a path.
    """

    path: str
    inputs: str
    make: Callable[[Path], int]


def prepare(
    out: str | Path = "data",
    *,
    cases: str | Path = CASES,
    scenario: "Scenario | None" = None,
    force: bool = False,
    progress: Callable[[str], None] = silent,
) -> list[str]:
    """Make the request log and the evaluation runs, skipping what is up to date.

    Args:
        out: directory of the evidence.
        cases: the evaluation cases.
        scenario: of the simulated traffic; by default the demo's.
        force: make everything again.
        progress: is told what happens.

    Returns:
        Paths of what was made, below `out`.

    Raises:
        InputError: if corpus, prompts, questions or cases are missing or bad.
    """
    root = Path(out)
    known = {} if force else _manifest(root)
    made = []
    for product in _products(Path(cases), scenario, progress):
        if known.get(product.path) == _state(root, product):
            progress(f"{root / product.path} is up to date")
            continue
        start = time.perf_counter()
        count = product.make(root / product.path)
        seconds = time.perf_counter() - start
        progress(f"{root / product.path}: {count:,} rows in {seconds:.1f} s")
        known[product.path] = _state(root, product)
        _write_manifest(root, known)
        made.append(product.path)
    known[TRACKED] = track(root, Path(cases), known.get(TRACKED, {}), progress)
    _write_manifest(root, known)
    return made


def _products(
    cases: Path, scenario: "Scenario | None", progress: Callable[[str], None]
) -> list[Product]:
    here = Path(__file__).parent
    library = here.parent / "mlops_lib"
    shared = [Path("corpus"), Path("prompts"), here, *(library / name for name in _LIBRARY)]
    story = hashlib.sha256(repr(scenario).encode()).hexdigest()
    base = hashlib.sha256(f"{_digest(shared)}{story}".encode()).hexdigest()
    with_cases = hashlib.sha256(f"{base}{_digest([cases])}".encode()).hexdigest()
    judges = _digest([RUBRIC, library / "evaluation" / "judges"])
    judged = hashlib.sha256(f"{with_cases}{judges}".encode()).hexdigest()
    return [
        Product(path="requests.db", inputs=base, make=lambda path: _log(path, scenario, progress)),
        Product(path="runs/baseline.jsonl", inputs=with_cases, make=lambda p: _run(p, cases, 1)),
        Product(path="runs/candidate.jsonl", inputs=with_cases, make=lambda p: _run(p, cases, 2)),
        Product(path="runs/v3.jsonl", inputs=with_cases, make=lambda p: _run(p, cases, 3)),
        *(
            Product(path=path, inputs=judged, make=lambda p: _judged(p, cases))
            for path in (
                f"runs/{name}.judgements.jsonl" for name in ("baseline", "candidate", "v3")
            )
        ),
    ]


def _log(path: Path, scenario: "Scenario | None", progress: Callable[[str], None]) -> int:
    from assistant.scenario import Scenario
    from assistant.simulate import simulate

    return simulate(path, scenario or Scenario(), progress=progress)


def _run(path: Path, cases: Path, prompt_version: int) -> int:
    from assistant.evaluate import Version, evaluate

    # Always local: the demo must be free, offline, and the same everywhere.
    return evaluate(cases, path, Version(prompt_version=prompt_version, choice="local"))


def _judged(path: Path, cases: Path) -> int:
    from assistant.judge import judge

    run = path.with_name(path.name.replace(".judgements", ""))
    return judge(run, cases, path)


def _state(root: Path, product: Product) -> dict[str, str]:
    path = root / product.path
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    return {"inputs": product.inputs, "content": content}


def _manifest(root: Path) -> dict[str, dict[str, str]]:
    try:
        content = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_manifest(root: Path, known: dict[str, dict[str, str]]) -> None:
    with replaced_when_complete(root / MANIFEST) as partial:
        partial.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _digest(places: Iterable[Path]) -> str:
    """Hash of the content of files and directories, and of the numeric packages' versions."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\0".encode())
    for place in places:
        if not place.exists():
            raise InputError.of("no such file or directory", source=str(place))
        for path in _files(place):
            digest.update(f"{path.relative_to(place)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
