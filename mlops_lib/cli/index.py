"""`mlops index`: build a version, look, swap it in, roll it back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlops_lib.cli.screen import console, plain

if TYPE_CHECKING:
    from mlops_lib.index import Recipe, State, Store
    from mlops_lib.verdict import Verdict

FAIL, UNDECIDED = 1, 3

Root = Annotated[Path, typer.Option(help="Folder of the versions and of the pointer.")]
Corpus = Annotated[
    list[str],
    typer.Option(help="Folder of Markdown pages; again for pages on top of those.", metavar="DIR"),
]
Embedder = Annotated[str, typer.Option(help="lsa, minilm, an entry point, or module:function.")]
Chunker = Annotated[str, typer.Option(help="sections, or module:function.")]
Keep = Annotated[
    bool,
    typer.Option("--keep-embedder", help="Use the live embedder: scores go on being comparable."),
]
Probes = Annotated[
    str, typer.Option(help="Questions whose pages are known, as JSON lines; a health check.")
]
Recall = Annotated[float, typer.Option(help="Least share of probes that must be found.")]
Why = Annotated[str, typer.Option(help="The reason, for the history.")]

_ROOT, _CORPUS, _PROBES, _RECALL = Path("data/index"), ["corpus"], "eval/probes.jsonl", 0.9


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(
        help="Versions of the search index: build, look, swap, roll back.", no_args_is_help=True
    )
    group.command(
        epilog="Example: mlops index build --corpus corpus --probes eval/probes.jsonl",
    )(build)
    group.command(epilog="Example: mlops index status --corpus corpus --stale fail")(status)
    group.command(epilog='Example: mlops index swap --why "pages on refunds"')(swap)
    group.command(epilog='Example: mlops index rollback --why "answers about refunds are wrong"')(
        rollback
    )
    group.command(epilog="Example: mlops index history")(history)
    group.command(epilog="Example: mlops index clean --keep 2")(clean)
    app.add_typer(group, name="index")


def build(  # noqa: PLR0913 - one argument for each option of the command
    *,
    corpus: Corpus = _CORPUS,
    root: Root = _ROOT,
    embedder: Embedder = "lsa",
    chunker: Chunker = "sections",
    keep_embedder: Keep = False,
    probes: Probes = _PROBES,
    recall: Recall = _RECALL,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the version here, outside of --root.", show_default=False),
    ] = None,
) -> None:
    """Build a version beside the live one, and check it; nothing is swapped.

    The exit status is the health check's: 0 it may go live, 1 it must not, 3 there are too few
    probes to know.
    """
    from mlops_lib import index

    store = index.Store(root=root)
    recipe = _recipe(corpus, embedder, chunker, keep=keep_embedder)
    limits = index.Limits(recall=recall)
    if probes:
        index.read_probes(probes)  # bad ones are said before the work, not after it
    with _writing(root):
        built = index.build(store, recipe, out=out, progress=_say)
    _say(f"{built.folder}: {'built' if built.is_new else 'was built before'}; {built.reason}")
    verdict = index.check_health(store, built.folder, probes=probes or None, limits=limits)
    _show(verdict)
    raise typer.Exit(_status(verdict))


def status(
    *,
    root: Root = _ROOT,
    corpus: Corpus = [],  # noqa: B006 - typer copies it
    embedder: Embedder = "lsa",
    chunker: Chunker = "sections",
    keep_embedder: Keep = False,
    stale: Annotated[
        Literal["pass", "fail"], typer.Option(help="Whether a stale index ends with status 1.")
    ] = "pass",
) -> None:
    """Say what is live, whether it can be read, and with --corpus what has changed since."""
    from mlops_lib import index

    store = index.Store(root=root)
    move = index.read_pointer(store)
    states = index.look(store)
    broken = next((each for each in states if each.role == "live" and each.damage), None)
    if move is None:
        _say(f"{root}: nothing is live")
    else:
        damaged = ", and damaged" if broken else ""
        _say(f"live{damaged}: {move.version}, since {move.at} by {move.by}: {move.why}")
    _show_versions(states)
    if broken:
        raise index.damaged(broken)
    if move is None and index.once_live(store):
        raise index.pointer_gone(store)
    if move is not None:
        index.open_index(root)  # whatever would stop a reader stops here as well
    if corpus:
        found = index.compare(
            store, index.draft(store, _recipe(corpus, embedder, chunker, keep=keep_embedder))
        )
        _say(f"{'stale' if found.is_stale else 'fresh'}: {found.sentence}")
        raise typer.Exit(FAIL if found.is_stale and stale == "fail" else 0)


def swap(
    version: Annotated[
        str, typer.Argument(help="Name of the version; by default the last that was built.")
    ] = "",
    *,
    why: Why,
    root: Root = _ROOT,
    probes: Probes = _PROBES,
    recall: Recall = _RECALL,
) -> None:
    """Check a version again, against what is live now, and make it live."""
    from mlops_lib import index

    store = index.Store(root=root)
    chosen = version or _last_built(store)
    manifest = store.manifest(chosen)
    verdict = index.check_health(
        store,
        store.folder(manifest.version),
        probes=probes or None,
        limits=index.Limits(recall=recall),
    )
    _show(verdict)
    if _status(verdict):
        raise typer.Exit(_status(verdict))
    with _writing(root):
        move = index.swap(store, chosen, verdict, index.Signature(why=why))
    _say(f"live: {move.version}; before: {move.previous or 'nothing'}")


def rollback(
    *,
    why: Why,
    root: Root = _ROOT,
    to: Annotated[
        str, typer.Option(help="A version that was live; by default the one before.")
    ] = "",
) -> None:
    """Make the version before live again, at once; no probe is asked."""
    from mlops_lib import index

    with _writing(root):
        move = index.rollback(index.Store(root=root), index.Signature(why=why), to=to or None)
    _say(f"live: {move.version}; before: {move.previous}")


def history(*, root: Root = _ROOT) -> None:
    """Say what was built, live and removed when, by whom and why; newest last."""
    from mlops_lib import index

    events = index.read_history(index.Store(root=root))
    for event in events:
        _say(f"{event.at}  {event.event:<8}  {event.version}  {event.by}: {event.why}")
    if not events:
        _say(f"{root}: nothing has happened yet")


def clean(
    *,
    root: Root = _ROOT,
    keep: Annotated[
        int, typer.Option(min=0, help="Newest versions that stay beside live and previous.")
    ] = 1,
) -> None:
    """Remove versions that nobody needs; live, previous and versions in use stay."""
    from mlops_lib import index

    with _writing(root):
        removed = index.clean(index.Store(root=root), keep=keep)
    _say(f"removed: {', '.join(removed) or 'nothing'}")


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """A full disk or a folder that may not be written is a message, not a traceback."""
    try:
        yield
    except OSError as error:
        from mlops_lib.errors import InputError

        place = str(error.filename or root)
        raise InputError.of(
            f"cannot be written: {error.strerror or error}", source=place
        ) from error


def _recipe(corpus: list[str], embedder: str, chunker: str, *, keep: bool) -> "Recipe":
    from mlops_lib.index import Recipe

    return Recipe(corpus=tuple(corpus), embedder=embedder, chunker=chunker, keep_embedder=keep)


def _last_built(store: "Store") -> str:
    from mlops_lib.errors import InputError
    from mlops_lib.index import read_history

    present = set(store.versions())
    built = [e.version for e in read_history(store) if e.event == "build" and e.version in present]
    if not built:
        raise InputError.of("nothing was built here yet: mlops index build", source=str(store.root))
    return built[-1]


def _show_versions(states: "Sequence[State]") -> None:
    from rich.table import Table

    table = Table("version", "", "pages", "sections", "chunker", box=None)
    table.add_column("embedder", overflow="fold")
    for state in states:
        made = state.manifest
        counts = ("", "") if made is None else (f"{made.pages:,}", f"{made.sections:,}")
        names = ("", "") if made is None else (made.chunker, made.embedder)
        table.add_row(state.version, state.words, *counts, *names)
    if table.row_count:
        console().print(table)


def _show(verdict: "Verdict") -> None:
    _say(f"{verdict.outcome.upper()}: {verdict.meaning} {verdict.advice}")
    for check in verdict.checks:
        _say(f"  {check.outcome.upper():<9} {check.name}: {check.explanation}")


def _say(text: str) -> None:
    console().print(plain(text), highlight=False, soft_wrap=True)


def _status(verdict: "Verdict") -> int:
    return {"pass": 0, "warn": 0, "fail": FAIL, "undecided": UNDECIDED}[verdict.outcome]
