"""A build: named by its content, embedding only what is new, and never seen half-done."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlops_lib import embeddings, index
from mlops_lib.errors import InputError
from mlops_lib.index import Recipe, Store, read_manifest
from mlops_lib.index.reuse import content_key, known_vectors
from mlops_lib.index.store import staged
from tests.index.conftest import TOPICS, WHY, make_live, write_corpus


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_equal_inputs_give_equal_bytes(store: Store, corpus: str, tmp_path: Path) -> None:
    first = index.build(store, Recipe(corpus=(corpus,)))
    other = index.build(Store(root=tmp_path / "elsewhere"), Recipe(corpus=(corpus,)))
    assert first.manifest == other.manifest
    assert files(first.folder) == files(other.folder)


def test_what_was_built_before_is_not_built_again(store: Store, corpus: str) -> None:
    first = index.build(store, Recipe(corpus=(corpus,)))
    again = index.build(store, Recipe(corpus=(corpus,)))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.embedded == 0
    assert again.folder == first.folder


def test_the_manifest_names_everything_that_the_version_depends_on(
    store: Store, corpus: str
) -> None:
    built = index.build(store, Recipe(corpus=(corpus,)))
    manifest = built.manifest
    assert manifest.corpus == index.read_corpus(corpus).hash
    assert (manifest.pages, manifest.sections) == (len(TOPICS), 2 * len(TOPICS))
    assert manifest.chunker == "sections-2"
    assert manifest.embedder.startswith("lsa-char-")
    assert {"numpy", "scipy", "scikit-learn", "mlops-lib"} == set(manifest.libraries)
    assert set(manifest.files) == {"pages.json", "sections.jsonl", "vectors.npy"}


def test_a_kept_embedder_embeds_only_the_new_page(store: Store, corpus: str, live: str) -> None:
    write_corpus(Path(corpus), ["agents"])
    recipe = Recipe(corpus=(corpus,), keep_embedder=True)
    built = index.build(store, recipe)
    assert (built.embedded, built.reused) == (2, 2 * len(TOPICS))
    assert built.manifest.embedder == store.manifest(live).embedder
    assert "1 new page" in built.reason


@pytest.mark.usefixtures("live")
def test_reused_vectors_are_those_that_embedding_anew_would_give(store: Store, corpus: str) -> None:
    write_corpus(Path(corpus), ["agents"])
    built = index.build(store, Recipe(corpus=(corpus,), keep_embedder=True))
    opened = index.open_index(built.folder)
    anew = opened.embedder.embed([section.embedded for section in opened.sections])
    np.testing.assert_allclose(opened.vectors, anew, atol=1e-6)


def test_a_kept_embedder_survives_two_generations(
    store: Store, corpus: str, probes: Path, live: str
) -> None:
    write_corpus(Path(corpus), ["agents"])
    second = make_live(store, corpus, probes, keep=True)
    write_corpus(Path(corpus), ["voice"])
    third = make_live(store, corpus, probes, keep=True)
    embedders = {store.manifest(version).embedder for version in (live, second, third)}
    assert len(embedders) == 1
    assert index.open_index(store.root).version == third


def test_a_changed_embedder_embeds_everything_and_says_so(
    store: Store, corpus: str, live: str
) -> None:
    write_corpus(Path(corpus), ["agents"])
    built = index.build(store, Recipe(corpus=(corpus,)))
    assert built.reused == 0
    assert built.embedded == built.manifest.sections
    assert f"the embedder changed from {store.manifest(live).embedder} to" in built.reason
    assert "do not compare" in built.reason


@pytest.mark.usefixtures("live")
def test_a_changed_and_a_removed_page_are_told_apart(store: Store, corpus: str) -> None:
    write_corpus(Path(corpus), ["refunds"], note=" In short.")
    (Path(corpus) / "guide" / "taxes.md").unlink()
    made = index.draft(store, Recipe(corpus=(corpus,), keep_embedder=True))
    found = index.compare(store, made)
    assert (found.added, found.changed, found.removed) == (
        (),
        ("guide/refunds.md",),
        ("guide/taxes.md",),
    )
    assert found.to_embed == 1


@pytest.mark.usefixtures("live")
def test_a_removed_page_is_found_no_more(store: Store, corpus: str) -> None:
    (Path(corpus) / "guide" / "taxes.md").unlink()
    built = index.build(store, Recipe(corpus=(corpus,)))
    hits = index.open_index(built.folder).search("what are taxes", 5)
    assert "guide/taxes.md" not in {hit.section.page for hit in hits}


def test_a_later_folder_replaces_pages_of_the_same_name(corpus: str, tmp_path: Path) -> None:
    write_corpus(tmp_path / "patch", ["refunds", "agents"], note=" Mended.")
    both = index.read_corpus([corpus, tmp_path / "patch"])
    assert len(both.pages) == len(TOPICS) + 1
    texts = {section.id: section.text for section in both.sections}
    assert texts["guide/refunds.md#about-refunds"].endswith("Mended.")


def test_line_endings_make_no_other_sections(tmp_path: Path) -> None:
    unix, dos = tmp_path / "unix", tmp_path / "dos"
    write_corpus(unix, ["refunds"])
    text = (unix / "guide" / "refunds.md").read_bytes()
    (dos / "guide").mkdir(parents=True)
    (dos / "guide" / "refunds.md").write_bytes(text.replace(b"\n", b"\r\n"))
    assert index.read_corpus(unix).sections == index.read_corpus(dos).sections


def test_the_separator_keeps_embedder_and_text_apart() -> None:
    assert content_key("ab", "c") != content_key("a", "bc")


def cut_by_paragraph(text: str, page: str) -> list[index.Section]:
    return [
        index.Section(id=f"{page}#{n}", page=page, title=page, heading=str(n), text=part)
        for n, part in enumerate(text.split("\n\n"))
    ]


def test_your_own_chunker_is_part_of_the_version(store: Store, corpus: str) -> None:
    own = Recipe(corpus=(corpus,), chunker=f"{__name__}:cut_by_paragraph")
    built = index.build(store, own)
    assert built.manifest.chunker.startswith(f"{__name__}:cut_by_paragraph-")
    assert built.manifest.sections == 4 * len(TOPICS)
    assert index.build(store, replace(own, chunker="sections")).folder != built.folder


@pytest.mark.parametrize("name", ["paragraphs", "nowhere:cut", "json:nothing"])
def test_a_chunker_that_does_not_exist_is_named(corpus: str, name: str) -> None:
    with pytest.raises(InputError, match=name):
        index.read_corpus(corpus, chunker=name)


def test_every_folder_without_pages_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        index.read_corpus([tmp_path / "a", tmp_path / "b"])
    assert len(caught.value.problems) == 2


def test_nothing_live_has_no_embedder_to_keep(store: Store, corpus: str) -> None:
    with pytest.raises(InputError, match="nothing is live"):
        index.build(store, Recipe(corpus=(corpus,), keep_embedder=True))


def test_a_build_that_raises_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with staged(store, "idx-0123456789ab") as folder:
            (folder / "manifest.json").write_text("{}")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk"):
        fail()
    assert store.versions() == ()
    assert list(store.staging.iterdir()) == []


def test_a_build_under_way_is_not_cleaned_away_by_another(store: Store) -> None:
    with staged(store, "idx-0123456789ab") as first, staged(store, "idx-0123456789ab") as second:
        (second / "manifest.json").write_text("{}")
        assert first.exists()
    assert store.versions() == ("idx-0123456789ab",)


def test_a_version_may_lie_outside_of_the_store(store: Store, corpus: str, tmp_path: Path) -> None:
    for _ in range(2):
        built = index.build(store, Recipe(corpus=(corpus,)), out=tmp_path / "out" / "v1")
    assert store.versions() == ()
    assert index.open_index(tmp_path / "out" / "v1").version == built.manifest.version


def test_a_folder_that_is_no_version_is_never_replaced(store: Store, corpus: str) -> None:
    with pytest.raises(InputError, match="no version"):
        index.build(store, Recipe(corpus=(corpus,)), out=Path(corpus))
    assert len(list(Path(corpus).rglob("*.md"))) == len(TOPICS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vectors.npy", b"\x93NUMPY"),
        ("sections.jsonl", b"{}\n"),
        ("manifest.json", b"{}"),
        ("manifest.json", b"not json"),
    ],
)
def test_a_damaged_version_is_never_opened(store: Store, live: str, name: str, text: bytes) -> None:
    (store.folder(live) / name).write_bytes(text)
    with pytest.raises(InputError, match=r"damaged|manifest"):
        index.open_index(store.root)


@pytest.mark.parametrize("name", ["vectors.npy", "manifest.json"])
def test_a_damaged_version_is_built_again(store: Store, live: str, corpus: str, name: str) -> None:
    (store.folder(live) / name).unlink()
    built = index.build(store, Recipe(corpus=(corpus,)))
    assert (built.is_new, built.manifest.version) == (True, live)
    assert index.open_index(store.root).version == live


def test_a_manifest_that_points_elsewhere_is_refused(store: Store, live: str) -> None:
    path = store.folder(live) / "manifest.json"
    content = json.loads(path.read_text())
    content["files"] = {"../../outside": "0" * 64}
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="format"):
        index.open_index(store.root)


def unseal(manifest: Path, **changes: object) -> None:
    """Write it as a version had it before there was a checksum."""
    content = {**json.loads(manifest.read_text()), **changes}
    del content["checksum"]
    manifest.write_text(json.dumps(content))


def test_another_embedder_under_the_same_name_is_refused(store: Store, live: str) -> None:
    unseal(store.folder(live) / "manifest.json", embedder="lsa-char-256-000000000000")
    with pytest.raises(InputError, match="do not compare"):
        index.open_index(store.root)


def test_a_version_from_before_there_was_a_checksum_can_be_read(store: Store, live: str) -> None:
    unseal(store.folder(live) / "manifest.json")
    assert index.open_index(store.root).version == live


def test_any_byte_of_a_manifest_that_says_something_is_protected(store: Store, live: str) -> None:
    path = store.folder(live) / "manifest.json"
    sound = path.read_bytes()
    for place in (place for place, byte in enumerate(sound) if not chr(byte).isspace()):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        with pytest.raises(InputError, match=r"manifest"):
            read_manifest(store.folder(live))


def test_a_version_whose_embedder_changed_without_saying_so_is_built_again(
    store: Store, corpus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(corpus=(corpus,))
    first = index.build(store, recipe)
    fit = embeddings.choose

    def turned(name: str, *, texts: Sequence[str]) -> object:
        made = fit(name, texts=texts)
        return replace(made, directions=-made.directions)  # type: ignore[type-var, attr-defined]

    monkeypatch.setattr(embeddings, "choose", turned)
    with pytest.raises(InputError, match="build the index again"):
        index.open_index(first.folder)
    again = index.build(store, recipe)
    assert (again.is_new, again.reused) == (True, 0)
    assert again.folder == first.folder
    assert index.open_index(first.folder).version == first.manifest.version


@pytest.mark.parametrize("name", ["manifest.json", "fitted_on.json"])
def test_the_embedder_of_a_damaged_version_is_not_kept_and_the_ways_out_work(
    store: Store, live: str, corpus: str, probes: Path, name: str
) -> None:
    write_corpus(Path(corpus), ["agents"])
    kept = make_live(store, corpus, probes, keep=True)
    path = store.folder(kept) / name
    path.write_text(path.read_text().replace("lsa-char", "lsa-cher").replace("refunds", "refxnds"))
    with pytest.raises(InputError, match=r"cannot be kept.*rollback.*without --keep-embedder"):
        index.build(store, Recipe(corpus=(corpus,), keep_embedder=True))
    assert index.build(store, Recipe(corpus=(corpus,))).is_new
    assert index.rollback(store, WHY).version == live
    assert index.build(store, Recipe(corpus=(corpus,), keep_embedder=True)).is_new
    assert index.rollback(store, WHY).version == kept
    assert index.open_index(store.root).version == kept


def test_vectors_of_a_damaged_version_are_not_reused(store: Store, corpus: str, live: str) -> None:
    assert corpus
    embedder = index.open_index(store.root).embedder
    assert len(known_vectors(store, embedder)) == 2 * len(TOPICS)
    path = store.folder(live) / "vectors.npy"
    content = path.read_bytes()
    path.write_bytes(content[:-4] + b"\0\0\0\x40")  # 2.0, in the last place of the last vector
    assert known_vectors(store, embedder) == {}
