"""A realistic executed notebook and records of every outcome, for the tests of the pages."""

from typing import Any

import nbformat
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from mlops_lib.display import TableView
from mlops_lib.plots import CURRENT, REFERENCE, Picture, new_figure
from mlops_lib.reports.publishing import VERDICT_MIME
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict

TITLE = "Does the assistant see other traffic than it was tested on?"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def check(name: str, outcome: Outcome, **changes: Any) -> Check:
    """A check of a share, with the given outcome."""
    values: dict[str, Any] = {
        "name": name,
        "estimate": 0.91,
        "interval": Interval(0.88, 0.94),
        "limit": 0.85,
        "n": 1_260,
        "method": "Wilson interval, 95 %",
        "outcome": outcome,
        "explanation": "Answers stay close to their sources.",
        "unit": "share",
    }
    return Check(**(values | changes))


def verdict(outcome: Outcome) -> Verdict:
    """A drift verdict that ends as asked."""
    checks = {
        Outcome.FAIL: check(
            "query topic",
            Outcome.FAIL,
            estimate=0.41,
            interval=Interval(0.36, 0.47),
            limit=0.25,
            good="low",
            unit="",
            pvalue=0.0002,
            method="PSI over 12 bins, bootstrap interval",
            explanation="Questions about billing grew from 4 % to 21 % of the traffic.",
        ),
        Outcome.UNDECIDED: check(
            "answer rating",
            Outcome.UNDECIDED,
            estimate=0.83,
            interval=Interval(0.79, 0.87),
            n=311,
            needed=1_840,
            explanation="The interval reaches over the limit; more ratings would decide.",
        ),
        Outcome.WARN: check(
            "time to first token",
            Outcome.WARN,
            estimate=840.0,
            interval=Interval(790.0, 905.0),
            limit=800.0,
            good="low",
            unit="ms",
            method="bootstrap of the median",
            explanation="Half of the answers begin later than the target, by little.",
        ),
    }
    chosen = [checks[outcome]] if outcome in checks else []
    if outcome is Outcome.FAIL:
        chosen += [checks[Outcome.UNDECIDED], checks[Outcome.WARN]]
    steady = [
        check("retrieval hit rate", Outcome.PASS, pvalue=0.21),
        check(
            "missing values",
            Outcome.PASS,
            estimate=0.002,
            interval=Interval(0.001, 0.004),
            limit=0.01,
            good="low",
            n=48_211,
            explanation="Hardly any field is empty.",
        ),
        check(
            "cost per answer",
            Outcome.PASS,
            estimate=0.0041,
            interval=Interval(float("nan"), float("nan")),
            limit=None,
            unit="usd",
            method="mean",
            explanation="Watched only; there is no limit.",
        ),
    ]
    words = {
        Outcome.PASS: (
            "The traffic of the last 7 days is the traffic that the assistant was tested on.",
            "Nothing to do; the next run is on Monday.",
        ),
        Outcome.WARN: (
            "The traffic is the same, but answers begin a little later than promised.",
            "Watch the time to first token this week.",
        ),
        Outcome.FAIL: (
            "One question in five is now about billing, which the tests hardly cover.",
            "Add billing cases to the evaluation set and extend the corpus before the release.",
        ),
        Outcome.UNDECIDED: (
            "There are too few ratings to say whether users like the answers less.",
            "Collect about 1,500 further ratings, or ask for one after every tenth answer.",
        ),
    }
    meaning, advice = words[outcome]
    return Verdict(
        subject="drift",
        checks=chosen + steady,
        meaning=meaning,
        advice=advice,
        metrics=[
            Metric(name="Requests in the last 7 days", value=8_412, unit="count"),
            Metric(name="Largest PSI of a column", value=0.41, note="query topic; limit 0.25"),
            Metric(
                name="Share of questions on billing", value=0.213, unit="share", note="was 4.1 %"
            ),
            Metric(name="Change in answer rating", value=-0.031, unit="points"),
        ],
        sources=[Source(path="data/requests.db", rows=48_211, sha256="9f2c" * 16)],
    )


def record(outcome: Outcome, *, name: str = "drift", title: str = TITLE) -> dict[str, Any]:
    """What verdict.json holds after a run that published."""
    return {
        "schema_version": 1,
        "name": name,
        "title": title,
        **verdict(outcome).to_dict(),
        "error": None,
        "parameters": {
            "request_log": "data/requests.db",
            "current_days": 7,
            "psi_limit": 0.25,
            "columns": None,
        },
        "provenance": provenance(),
    }


def incomplete(*, name: str = "drift", title: str = TITLE) -> dict[str, Any]:
    """What verdict.json holds after a cell failed."""
    message = "KeyError: 'query_topic'"
    return {
        "schema_version": 1,
        "name": name,
        "title": title,
        "subject": name,
        "outcome": "incomplete",
        "sentence": f"No verdict: {message}",
        "meaning": "The notebook did not finish, so nothing is known: neither good nor bad.",
        "advice": "Read the error below, mend its cause, and run the notebook again.",
        "checks": [],
        "metrics": [],
        "sources": [],
        "error": {
            "kind": "cell error",
            "message": message,
            "cell": 5,
            "source": "result = drift.compare(reference, current)\nresult",
            "traceback": "\x1b[31mKeyError\x1b[0m  Traceback (most recent call last)\n"
            "----> 1 result = drift.compare(reference, current)\n\nKeyError: 'query_topic'",
        },
        "parameters": {"request_log": "data/requests.db"},
        "provenance": provenance(),
    }


def provenance() -> dict[str, Any]:
    """Where a run comes from."""
    return {
        "run_id": "20261121-073012-drift",
        "started": "2026-11-21T07:30:12+00:00",
        "seconds": 2.41,
        "cost_usd": 0.0132,
        "git_revision": "4f0c2f1d9a7b36e5c8d1f2a3b4c5d6e7f8091a2b",
        "git_dirty": False,
        "library_version": "0.1.0",
        "python_version": "3.11.9",
        "engine": "fork",
        "command": "mlops run drift -p current_days=7",
    }


def notebook() -> Any:
    """An executed notebook with prose, code, tables, figures, streams and a verdict."""
    return new_notebook(
        cells=[
            new_markdown_cell(
                f"# {TITLE}\n\nThe evaluation says how good the answers are on *known* questions. "
                "This report says whether users still ask those questions. Product and support "
                "read it every Monday before they plan the week.",
                id="question",
            ),
            _code(
                "parameters", "current_days: int = 7  # days that are compared", tags=["parameters"]
            ),
            _code("imports", "from mlops_lib import drift, reports, tables"),
            new_markdown_cell(
                "## Which columns moved?\n\nEach column of the request log is compared: the last "
                "7 days against the 30 days before. A distance of **0.1** is worth a look, one "
                "of **0.25** is another population.\n\n- The interval says how sure it is.\n"
                "- Columns that moved come first.",
                id="columns-text",
            ),
            _code(
                "columns", "result = drift.compare(reference, current)\nresult", [_shown(_table())]
            ),
            _code("picture", "result.plot()", [_shown(figure())]),
            new_markdown_cell("## When did it begin?\n\nDay by day, by *weekday*.", id="when"),
            _code(
                "daily",
                "print(result.summary())",
                [
                    new_output("stream", name="stdout", text="12 columns compared, 1 moved\n"),
                    new_output(
                        "stream", name="stderr", text="UserWarning: 3 rows without a time\n"
                    ),
                    new_output(
                        "display_data", data={"text/html": _frame(), "text/plain": "a frame"}
                    ),
                ],
            ),
            new_markdown_cell(
                "### Method\n\nPopulation stability index over quantile bins of the reference, "
                "with a bootstrap interval. See [the guide](https://example.org/drift).",
                id="method",
            ),
            _code("publish", "reports.publish(result.verdict(policy))", [_published(Outcome.FAIL)]),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )


def figure() -> Picture:
    """Two windows side by side."""
    drawn, axes = new_figure()
    axes.plot(range(7), [4, 4, 5, 4, 5, 4, 4], color=REFERENCE, label="previous 30 days")
    axes.plot(range(7), [6, 9, 14, 17, 19, 21, 21], color=CURRENT, label="last 7 days")
    axes.set_xticks(range(7), WEEKDAYS)
    axes.set_ylabel("share of questions, %")
    axes.set_title("Questions about billing grew from 4 % to 21 %")
    axes.legend()
    return Picture(
        figure=drawn,
        caption="Share of questions about billing by weekday; 8,412 questions in the last 7 days.",
        alt="Line chart: billing questions rise from 6 % on Monday to 21 % on Sunday; before, 4 %.",
    )


def with_output(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> Any:
    """A notebook with a title and one output."""
    output = new_output("display_data", data=data, metadata=metadata or {})
    return new_notebook(
        cells=[new_markdown_cell("# Title", id="title"), _code("one", "x", [output])]
    )


def with_markdown(source: str) -> Any:
    """A notebook with a title and one further Markdown cell."""
    return new_notebook(
        cells=[new_markdown_cell("# Title", id="title"), new_markdown_cell(source, id="text")]
    )


def _code(
    name: str, source: str, outputs: list[Any] | None = None, tags: list[str] | None = None
) -> Any:
    metadata = {"tags": tags} if tags else {}
    return new_code_cell(source, id=name, outputs=outputs or [], metadata=metadata)


def _table() -> TableView:
    rows = [
        ("query topic", "0.41", "0.36 to 0.47", "moved"),
        ("query length", "0.06", "0.04 to 0.09", "steady"),
        ("language", "0.02", "0.01 to 0.03", "steady"),
    ]
    return TableView(
        caption="One of three columns moved: query topic.",
        columns=("column", "PSI", "interval", "reading"),
        rows=rows,
        numeric=("PSI",),
    )


def _shown(result: TableView | Picture) -> Any:
    if isinstance(result, Picture):
        data, metadata = result._repr_mimebundle_()
        return new_output("display_data", data=data, metadata=metadata)
    return new_output("execute_result", data={"text/html": result._repr_html_(), "text/plain": "t"})


def _frame() -> str:
    import pandas as pd

    frame = pd.DataFrame({"requests": [1201, 1188, 1253], "moved": [0.11, 0.2, 0.31]})
    frame.index = pd.Index(WEEKDAYS[:3])
    return f"<div><style scoped>th {{color: red}}</style>{frame.to_html()}</div>"


def _published(outcome: Outcome) -> Any:
    content = verdict(outcome)
    data = {
        VERDICT_MIME: content.to_dict(),
        "text/html": content._repr_html_(),
        "text/plain": "FAIL",
    }
    return new_output("display_data", data=data)


def saved_and_read(content: Any) -> Any:
    """The notebook as it comes back from a file."""
    return nbformat.reads(nbformat.writes(content), as_version=4)
