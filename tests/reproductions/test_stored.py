"""The stored results: whole, of today's configurations, and what the page says of them follows from them."""

import json
import math
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from notebooks import ROOT
from scipy import stats

import reproductions
from reproductions import adam, module, results, scaling
from reproductions.results import Claim, digest, interval, load, settings, store, student

RUNS = [
    (name, variant, seed)
    for name in reproductions.NAMES
    for variant, config in module(name).RUNS.items()
    for seed in range(config.seeds)
]
CLAIMS = [(name, claim) for name in reproductions.NAMES for claim in module(name).CLAIMS]
FILES = sorted(results.FOLDER.glob("*.json"))


@pytest.mark.parametrize(("name", "variant", "seed"), RUNS)
def test_every_run_is_stored_and_of_the_configuration_that_the_code_has(name, variant, seed):
    path = results.path_of(name, variant, seed)
    assert path.is_file(), f"{path.name} is missing: make reproduce R={name}"
    run = json.loads(path.read_text(encoding="utf-8"))
    assert (run["name"], run["variant"], run["seed"]) == (name, variant, seed)
    assert run["digest"] == digest(run["config"]), "the stored configuration was edited"
    expected = digest(json.loads(json.dumps(settings(module(name).RUNS[variant]))))
    assert run["digest"] == expected, f"another configuration: remove {path.name}, make reproduce"


def test_nothing_else_is_stored_and_all_of_it_is_small():
    known = {results.path_of(name, variant, seed).name for name, variant, seed in RUNS}
    stray = {path.name for path in FILES} - known
    by_seed = {path for path in stray if path.rsplit("-", 1)[0] in {k.rsplit("-", 1)[0] for k in known}}
    assert stray == by_seed  # more seeds than are needed are welcome
    assert sum(path.stat().st_size for path in FILES) < 300_000


def test_no_path_and_no_host_is_stored():
    for path in FILES:
        run = json.loads(path.read_text(encoding="utf-8"))
        assert set(run["environment"]) <= set(results.environment())
        assert not any("/" in str(value) or "\\" in str(value) for value in run["environment"].values())


def test_a_changed_configuration_is_noticed():
    config = module("nielsen").RUNS["quadratic-30"]
    assert digest(settings(replace(config, seeds=9))) == digest(settings(config))
    assert digest(settings(replace(config, epochs=31))) != digest(settings(config))


@pytest.mark.parametrize(("name", "claim"), CLAIMS, ids=[claim.text for _, claim in CLAIMS])
def test_the_page_says_what_the_runs_say(name, claim):
    page = nbformat.read(ROOT / "chapters" / "reproductions.ipynb", as_version=4)
    outputs = [output for cell in page.cells for output in cell.get("outputs", [])]
    tables = "\n".join(output.get("data", {}).get("text/markdown", "") for output in outputs)
    row = claim.row()
    assert tables.splitlines().count(f"| {' | '.join(row.values())} |") == 1
    assert int(row["seeds"]) >= 3


def test_the_learning_rates_that_are_compared_won_on_the_grid():
    assert {name: adam.best_rate(name) for name in adam.GRIDS} == adam.RATES


def claim(values, **options):
    return Claim("text", "where", lambda: values, **options)


@pytest.mark.parametrize(
    ("values", "published", "tolerance", "verdict"),
    [
        ([1.0, 1.2], 1.0, 0.2, "reproduced"),
        ([1.0, 1.6], 1.0, 0.2, "not reproduced: higher"),
        ([0.4, 0.8], 1.0, 0.2, "not reproduced: lower"),
        ([1.0, 1.1, 1.2], None, 0.0, "reproduced"),
        ([-1.0, 1.2], None, 0.0, "not certain"),
        ([-1.0, -1.1, -1.2], None, 0.0, "not reproduced"),
    ],
)
def test_the_verdict_follows_from_the_numbers(values, published, tolerance, verdict):
    assert claim(values, published=published, tolerance=tolerance).verdict() == verdict


def test_a_row_says_what_was_published_and_what_came_out():
    row = claim([1.0, 2.0, 3.0], published=2.0, tolerance=0.5).row()
    assert row["published"] == "2 ± 0.5 %"
    assert row["reproduced"] == "2.0 ± 2.5 %"
    assert (row["seeds"], row["verdict"]) == ("3", "reproduced")
    assert claim([1.0, 1.0], unit="points").row()["published"] == "> 0 points"


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 30])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_students_quantile_is_that_of_scipy(freedom, confidence):
    expected = stats.t.ppf((1 + confidence) / 2, freedom)
    assert math.isclose(student(confidence, freedom), expected, rel_tol=1e-9)


def test_the_interval_is_students():
    values = [1.0, 2.0, 4.0]
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    mean, half = interval(values)
    assert (mean - half, mean + half) == pytest.approx((low, high), rel=1e-9)
    with pytest.raises(ValueError, match="two runs or more; got 1"):
        interval([1.0])


def test_tables_are_markdown(tmp_path, monkeypatch):
    lines = results.table([claim([1.0, 1.0], published=1.0, tolerance=0.1)]).splitlines()
    assert lines[0].startswith("| what | published | here |")
    assert lines[1] == "| --- | --- | --- | --- | --- |"
    assert lines[2] == "| text | 1 ± 0.1 % | 1.00 ± 0.00 % | reproduced | 2 |"
    cost = {"seconds": 20.0, "samples": 123400, "gemm_flops": 3_000_000_000_000}
    store("a", "b", 0, {"epochs": 7}, cost, tmp_path)
    monkeypatch.setattr(results, "load", lambda name, variant: load(name, variant, tmp_path))
    last_line = results.cost_table("a", ["b"]).splitlines()[-1]
    assert last_line == "| b | 7 | 20 | 6,200 | 3.00 | 150.0 |"


def test_runs_come_back_in_the_order_of_their_seeds(tmp_path):
    for seed in (10, 2, 0):
        store("a", "b", seed, {"x": (1, 2)}, {"curves": {}}, tmp_path)
    store("a", "b-c", 1, {}, {}, tmp_path)
    assert [run["seed"] for run in load("a", "b", tmp_path)] == [0, 2, 10]
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"] * 4


def test_a_result_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="there is no result 'x'; known: nielsen"):
        module("x")


def test_the_model_of_a_parallel_step_and_where_it_pays():
    run = {
        "model": {"tau": 0.01, "B": 1e8, "c": 1e-4},
        "config": {"sizes": [10, 20, 5]},
        "environment": {"cpus": 2},
    }
    P = 20 * 11 + 5 * 21
    assert scaling.modelled(run, 100, 2) == pytest.approx(
        2 * (0.01 + 8 * P / 1e8) + 100 * (40 / 1e8 + 0.5e-4)
    )
    m = scaling.pays_from(run, 2)
    assert scaling.modelled(run, m, 2) == pytest.approx(m * 1e-4)
    assert scaling.pays_from(run, 1) == math.inf
