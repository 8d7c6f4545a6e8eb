"""Which notebooks there are, the question each answers, and its parameters."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError, Problem, is_utf8
from mlops_lib.reports.parameters import Parameter, read_parameters

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = "notebooks"
_PACKAGE = Path(__file__).parent.parent
SHIPPED = (_PACKAGE / "_notebooks", _PACKAGE.parent / FOLDER)
"""Where the notebooks lie in an installed wheel, and in a checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook on disk with what a user needs to run it."""

    name: str
    path: Path
    title: str
    summary: str
    parameters: tuple[Parameter, ...]


def find_notebooks(folder: Path | None = None) -> dict[str, Path]:
    """All notebooks by name: those of the folder; without one, yours in `notebooks/` and ours.

    A notebook of yours goes before a shipped one of the same name.

    Raises:
        InputError: if the folder is missing or holds no notebook.
    """
    found = {} if folder else _in_first(SHIPPED)
    found.update(_in_first([folder or Path(FOLDER)]))
    if not found:
        raise InputError.of("no notebooks here", source=str(folder or FOLDER))
    return found


def all_notebooks(folder: Path | None = None) -> list[Path]:
    """What `--all` means: every notebook of yours if you have any, else every shipped one.

    Raises:
        InputError: if the folder is missing or holds no notebook.
    """
    own = _in_first([folder or Path(FOLDER)])
    return list((own or find_notebooks(folder)).values())


def _in_first(places: Sequence[Path]) -> dict[str, Path]:
    """The notebooks of the first place that has any."""
    listed = ({path.stem: path for path in sorted(place.glob("*.ipynb"))} for place in places)
    return next((found for found in listed if found), {})


def choose(names: Sequence[str], available: Mapping[str, Path]) -> list[Path]:
    """The paths of the named notebooks; a name may also be a path to an .ipynb file.

    Raises:
        InputError: for names that do not exist, with the likely ones; all at once.
    """
    chosen, problems = [], []
    for name in dict.fromkeys(names):
        path = available.get(name)
        if path is None and name.endswith(".ipynb") and Path(name).is_file():
            path = Path(name)
        if path is None:
            near = get_close_matches(name, available, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            known = ", ".join(available)
            problems.append(
                Problem(message=f"no such notebook; {hint}there are {known}", value=name)
            )
        else:
            chosen.append(path)
    if problems:
        raise InputError(problems)
    return chosen


def read_notebooks(paths: Iterable[Path]) -> list[Notebook]:
    """Read several notebooks.

    Raises:
        InputError: with the problems of all of them at once.
    """
    notebooks: list[Notebook] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            notebooks.append(read_notebook(path))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return notebooks


def read_notebook(path: Path) -> Notebook:
    """Read question and parameters of a notebook without executing it.

    Raises:
        InputError: if the file is no notebook, is not written in Python, or its `parameters` cell
            is not literals.
    """
    if not is_utf8(path.stem):
        raise InputError.of("its name must be text in UTF-8", source=str(path))
    content = load(path)
    _refuse_other_languages(content, path)
    title, summary = _question(content)
    cell = next((c for c in content.cells if "parameters" in c.metadata.get("tags", [])), None)
    parameters = () if cell is None else read_parameters(cell.source, path.stem)
    return Notebook(
        name=path.stem, path=path, title=title or path.stem, summary=summary, parameters=parameters
    )


def load(path: Path) -> "NotebookNode":
    """Read an .ipynb file.

    Raises:
        InputError: if it cannot be read as a notebook.
    """
    import nbformat

    try:
        with warnings.catch_warnings(action="ignore"):  # of cells without ids, which it mends
            notebook: NotebookNode = nbformat.read(path, as_version=4)
            nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:
        message = f"is not a notebook: {_where(error)}{_first_line(error)}"
        raise InputError.of(message, source=str(path)) from error
    return notebook


def _first_line(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return said.splitlines()[0] if said else type(error).__name__


def _where(error: Exception) -> str:
    """The cell and the field that are not as the format has them; nothing for other errors."""
    match list(getattr(error, "absolute_path", ())):
        case ["cells", int(number), *fields]:
            return ", ".join([f"cell {number + 1}", *(str(field) for field in fields)]) + ": "
        case fields:
            return "".join(f"{field}: " for field in fields)


def _refuse_other_languages(content: "NotebookNode", path: Path) -> None:
    """What is written for another kernel is no Python, even where Python could read it."""
    metadata = content.metadata
    languages = (
        metadata.get("kernelspec", {}).get("language"),
        metadata.get("language_info", {}).get("name"),
    )
    other = next((str(each) for each in languages if each and str(each).lower() != "python"), None)
    if other is not None:
        message = "must be written in Python, which is all that mlops runs"
        raise InputError.of(message, source=str(path), field="language", value=other)


def _question(content: "NotebookNode") -> tuple[str, str]:
    first = next((cell.source for cell in content.cells if cell.cell_type == "markdown"), "")
    lines = [line.strip() for line in first.splitlines()]
    title = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    paragraph: list[str] = []
    for line in lines:
        if line and not line.startswith("#"):
            paragraph.append(line)
        elif paragraph:
            break
    return title, " ".join(paragraph)
