"""Which two windows are compared: two files of the user's own, or the last days of a log."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mlops_lib import request_log, tables
from mlops_lib.drift.alarms import Alarms, follow, parse_alarms, render_alarms
from mlops_lib.drift.contract import Contract, parse_contract
from mlops_lib.drift.frozen import Profile
from mlops_lib.drift.profile_file import FORMAT, parse_profile, render_profile
from mlops_lib.drift.roles import LOG_ROLES, Role, parse_roles
from mlops_lib.drift.runs import JUDGEMENTS, is_run, run_roles, with_scores
from mlops_lib.drift.windows import Windows
from mlops_lib.errors import InputError
from mlops_lib.tables import Table
from mlops_lib.verdict import Check

DAYS = (30.0, 7.0)
"""Length of the reference and of the current window: whole weeks hold the weekly rhythm."""


FEEDBACK = "feedback"
"""The log's own delayed label: thumbs up or down."""

_START = 200
"""Bytes in which a profile says what it is."""


def read(  # noqa: PLR0913 - one argument for each parameter of the notebook
    log: str = "",
    *,
    reference: str = "",
    current: str = "",
    time: str = "time",
    where: str = "",
    days: tuple[float, float] = DAYS,
    roles: str = "",
    schema: str = "",
) -> Windows:
    """Read two files of the user's own, where both are named; else cut a log into two windows.

    Args:
        log: path of a request log or of any table with a time.
        reference: path of the reference, or of its frozen profile; with `current`, compared
            instead of the log.
        current: path of the current window.
        time: column of the log's times; in own files it may be absent.
        where: optional SQL condition on the rows.
        days: length of the reference and of the current window of the log.
        roles: whose doing a change of a column would be: a YAML file, or "plan=users, ctr=output".
        schema: YAML file of what the data source promises; "" for nothing.

    Raises:
        InputError: if only one file is named, none at all, or one cannot be read.
    """
    contract = read_contract(schema) if schema else None
    named = {"reference": reference, "current": current}
    absent = [name for name, path in named.items() if not path]
    if len(absent) == 1:
        raise InputError.of(
            "name both files, reference and current, or neither", field=absent[0], value=""
        )
    if not absent:
        windows = _own_files(reference, current, time=time, where=where, roles=_roles(roles))
        return replace(windows, contract=contract)
    if not log:
        raise InputError.of("name a log, or both a reference and a current file", field="log")
    table = tables.read(log, name="log", where=where, columns=[time])
    old, new = tables.split_windows(table, time=time, reference_days=days[0], current_days=days[1])
    usual = _known_roles(table)
    return Windows(
        reference=old,
        current=new,
        time=time,
        columns=tuple(usual),
        roles={**usual, **_roles(roles)},
        contract=contract,
        score=FEEDBACK if usual.get(FEEDBACK) == "label" else "",
    )


def read_table(path: str, *, where: str = "", roles: str = "") -> tuple[Table, Mapping[str, Role]]:
    """Read one table and whose doing a change of its columns would be.

    Args:
        path: of the table; a request log brings its own roles.
        where: optional SQL condition on the rows.
        roles: a YAML file, or "plan=users, ctr=output".

    Raises:
        InputError: if one of them cannot be read.
    """
    table = tables.read(path, name="reference", where=where)
    return table, {**_known_roles(table), **_roles(roles)}


def read_profile(path: str | Path) -> Profile:
    """Read a frozen reference.

    Raises:
        InputError: if there is no such file, or it is no profile; all its problems at once.
    """
    return parse_profile(_text(path), source=str(path))


def write_profile(profile: Profile, path: str | Path) -> None:
    """Write a frozen reference: small, reviewed, and the same bytes for the same reference."""
    write_text(path, render_profile(profile))


def read_contract(path: str | Path) -> Contract:
    """Read what a data source promises: a YAML file.

    Raises:
        InputError: if it cannot be read or understood; all its problems at once.
    """
    return parse_contract(_text(path), source=str(path))


def follow_alarms(path: str | Path, checks: Sequence[Check], *, profile: str) -> Alarms:
    """Count the alarms on from the last run, whose state lies in a file, and keep the new state.

    Args:
        path: of the state; absent before the first run. Text "" keeps no state.
        checks: of this run.
        profile: digest of the reference; with another reference counting starts anew.

    Raises:
        InputError: if the file is no such state, or cannot be written.
    """
    last = None
    if str(path) and Path(path).exists():
        last = parse_alarms(_text(path), source=str(path))
    alarms = follow(checks, last, profile=profile)
    if str(path):
        write_text(path, render_alarms(alarms))
    return alarms


def _own_files(
    reference: str, current: str, *, time: str, where: str, roles: Mapping[str, Role]
) -> Windows:
    new = _own_file(current, name="current", where=where)
    if is_profile(reference):
        return Windows(
            reference=read_profile(reference),
            current=new,
            time=time if time in new.columns else "",
            roles=roles,
        )
    old = _own_file(reference, name="reference", where=where)
    usual = _known_roles(old)
    return Windows(
        reference=old,
        current=new,
        time=time if time in old.columns and time in new.columns else "",
        columns=tuple(usual),
        roles={**usual, **roles},
    )


def _own_file(path: str, *, name: str, where: str) -> Table:
    """A table; an evaluation run with the grades of the judges that lie beside it."""
    table = tables.read(path, name=name)
    beside = Path(path).with_name(Path(path).stem + JUDGEMENTS)
    if is_run(table.columns) and beside.is_file():
        grades = tables.read(beside, columns=["case_id", "judge", "fingerprint", "value"])
        scored = tables.read(with_scores(table.to_pandas(), grades.to_pandas()), name=path)
        table = replace(scored, source=table.source)
    return tables.read(table, where=where)


def is_profile(path: str | Path) -> bool:
    """Whether a JSON file says that it is a frozen reference."""
    file = Path(path)
    if file.suffix.lower() != ".json" or not file.is_file():
        return False
    with file.open("rb") as handle:
        return FORMAT.encode() in handle.read(_START)


def _known_roles(table: Table) -> Mapping[str, Role]:
    """The roles of a request log's columns, of an evaluation run's, else none."""
    if is_run(table.columns):
        return run_roles(table.columns)
    if not set(request_log.COLUMNS) <= set(table.columns):
        return {}
    return {name: role for name, role in LOG_ROLES.items() if name in table.columns}


def _roles(given: str) -> dict[str, Role]:
    if "=" in given or not given.strip():
        return parse_roles(given)
    return parse_roles(_text(given), source=given)


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise InputError.of(f"cannot read the file: {reason}", source=str(path)) from error


def write_text(path: str | Path, text: str) -> None:
    """Write a file whole or not at all: a reader never meets half of one.

    Raises:
        InputError: if the file cannot be written.
    """
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}.part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise InputError.of(f"cannot write the file: {error.strerror}", source=str(path)) from error
