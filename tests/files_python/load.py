"""Every format of every study as Python's libraries read it: types, missing and infinite values, how it was made."""

import json
import math
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pandas
import polars
import pyarrow.parquet

PROGRAM = sys.argv[1]

SGD = "--dim 50 --batch 5 --lr 0.1"
NETWORK = "--link erf --units 2 --mu 0.5"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# Pairs of commands of the same columns: their results are put below each other.
COMMANDS = [
    ("solve --link erf --mu 0.5 --points 9", "solve --link he3 --mu 0 --points 9"),
    ("search --link he3 --mu 0,0.5,1 --noise 0", "search --link erf --mu 1 --noise 0.5"),
    ("search --link erf --mu 0.2,0.4 --dim 100,1000", "search --link erf --mu 0.2 --dim 10,20"),
    (
        f"simulate --link erf --mu 0.5 {SGD} --steps 9 --seeds 3,9007199254740993 --per-seed",
        f"simulate --link erf --mu 1 {SGD} --steps 9 --seeds 2 --per-seed",
    ),
    (
        f"compare --link erf --mu 0.5 {SGD} --steps 9 --seeds 4",
        f"compare --link relu --mu 0.5 {SGD} --steps 9 --seeds 4",
    ),
    (
        f"compare --link erf --mu 0.2,0.5 {SGD} --seeds 4",
        f"compare --link erf --mu 0.4,0.6 {SGD} --seeds 4",
    ),
    ("phase --link he3 --x mu=0,0.5,1 --value tau", "phase --link erf --x mu=0.2,0.3 --value tau"),
    (
        "phase --link he3 --x mu=0,0.5 --y dim=10,100,1000",
        "phase --link erf --x mu=0,1 --y dim=10,20",
    ),
    ("optimum --link he1+he3", "optimum --link erf"),
    (
        "scaling --link erf --link he3 --mu 0 --dims log:1e2:1e6:6",
        "scaling --link erf --mu 0.5 --dims log:1e2:1e7:6",
    ),
    ("links he3", "links erf"),
    (
        "kernel --link erf --m 0.2 --q 0.5",
        "kernel --teacher sign --student tanh --m 0.2 --q 0.5 --teacher-variance 2 --noise 0.1",
    ),
    ("solve --link erf --mu 0.2,0.5 --points 9", "solve --link relu --mu 0.3,0.4 --points 9"),
    (f"solve {NETWORK} --points 9", f"solve {NETWORK} --points 9 --mixture"),
    ("search --link erf --units 2 --mu 0.2,0.4", "search --link relu --units 2 --mu 0.3"),
    (f"simulate {NETWORK} {SGD} --steps 9 --seeds 3", f"simulate {NETWORK} {SGD} --steps 9 --seeds 2"),
    (f"compare {NETWORK} {SGD} --steps 9 --seeds 4", f"compare {NETWORK} {SGD} --steps 8 --seeds 4"),
    (f"train {EXAMPLES}/two-stages.toml", f"train {EXAMPLES}/two-stages.toml --points 9"),
    (
        f"train {EXAMPLES}/curriculum.toml --compare --seeds 4 --points 5",
        f"train {EXAMPLES}/curriculum.toml --compare --seeds 5 --points 5",
    ),
    (
        f"optimum {EXAMPLES}/how-long-to-pretrain.toml --angle 10,20",
        f"optimum {EXAMPLES}/how-long-to-pretrain.toml --angle 40",
    ),
]
KINDS = {
    "real": (float, polars.Float64, "double"),
    "integer": (int, polars.UInt64, "uint64"),
    "boolean": (bool, polars.Boolean, "bool"),
    "text": (str, polars.String, "string"),
}


def run(command, folder):
    """Runs a command with its files in a folder, by the name of their table."""
    save = ["--save", "csv,json,npz,parquet", "--out", str(folder)]
    subprocess.run([PROGRAM, *shlex.split(command), *save], check=True, stdout=subprocess.DEVNULL)
    return sorted({path.stem for path in folder.iterdir()})


def same(ours, theirs, what):
    """Equal values, missing and infinite ones among them."""
    assert len(ours) == len(theirs), what
    for one, other in zip(ours, theirs):
        missing = [x is None or x is pandas.NA or isinstance(x, float) and math.isnan(x) for x in (one, other)]
        assert missing[0] == missing[1], f"{what}: {one!r} and {other!r}"
        assert missing[0] or one == other, f"{what}: {one!r} and {other!r}"


def check(folder, name):
    """All formats of a table agree, and say how they were made."""
    path = folder / name
    arrays = numpy.load(f"{path}.npz", allow_pickle=False)
    made = json.loads(str(arrays["metadata"]))
    parquet = pyarrow.parquet.read_table(f"{path}.parquet")
    assert made == json.loads(parquet.schema.metadata[b"lorode"]), name
    assert made["program"] == "lorode" and made["complete"] is True
    assert set(made["given"]) <= set(made["parameters"])
    schema = made["schema"]["columns"]
    assert parquet.column_names == [column["name"] for column in schema], name
    frame = pandas.read_csv(f"{path}.csv")
    polar = polars.read_csv(f"{path}.csv", infer_schema_length=None)
    of_parquet = polars.read_parquet(f"{path}.parquet")
    pandas.read_parquet(f"{path}.parquet")
    whole = path.with_suffix(".json")
    if whole.exists():
        text = json.loads(whole.read_text())
        assert text["schema"]["columns"] == schema and text["command"] == made["command"], name
    for column in schema:
        key, kind = column["name"], column["type"]
        python, polars_type, arrow = KINDS[kind]
        values = parquet[key].to_pylist()
        assert str(parquet.schema.field(key).type) == arrow, f"{name}: {key}"
        assert of_parquet.schema[key] == polars_type, f"{name}: {key}"
        assert all(value is None or type(value) is python for value in values), f"{name}: {key}"
        if name != "phase":
            array = arrays[key]
            assert array.dtype.kind in {"real": "f", "integer": "iu", "boolean": "b", "text": "U"}[kind]
            of_numpy = array.tolist()
            if kind == "integer":
                of_numpy = [None if value == -1 else value for value in of_numpy]
            same(of_numpy, values, f"{name}: {key} in numpy")
        if kind == "text":
            same(frame[key].fillna("").tolist(), values, f"{name}: {key} in pandas")
            same(polar[key].fill_null("").to_list(), values, f"{name}: {key} in polars")
            continue
        # A column of which all is missing has no type in CSV.
        if any(value is not None for value in values):
            same(polar[key].to_list(), values, f"{name}: {key} in polars")
            assert kind != "real" or polar.schema[key] == polars.Float64, f"{name}: {key}"
        if kind != "integer" or None not in values:
            same(frame[key].tolist(), values, f"{name}: {key} in pandas")
    if name == "phase":
        shape = arrays["outcome"].shape
        assert arrays["solved"].dtype == bool and arrays["solved"].shape == shape
        words = arrays["outcome_words"][arrays["outcome"]]
        same(words.ravel().tolist(), parquet["outcome"].to_pylist(), "phase: outcome in numpy")
    return made


def repeated(folder, made):
    """The command in the metadata writes the same bytes."""
    with tempfile.TemporaryDirectory() as again:
        words = shlex.split(made["command"])
        assert words[0] == "lorode"
        run(shlex.join(words[1:]), Path(again))
        for path in folder.iterdir():
            assert path.read_bytes() == (Path(again) / path.name).read_bytes(), path.name


def rebuilt(made):
    """The command from the parameters that were given."""
    study = made["command"].split(" ")[1]
    words = ["lorode", study]
    for name in made["given"]:
        value = made["parameters"][name]
        if name == "history":
            # It stands in the file.
            continue
        flag = [] if study == "links" or name == "file" else [f"--{name}"]
        if value is True:
            words += flag
            continue
        for one in value if isinstance(value, list) else [value]:
            words += [*flag, one if isinstance(one, str) else f"{one:g}" if one == round(one) else repr(one)]
    return words


def main():
    for first, second in COMMANDS:
        with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
            folders = [Path(a), Path(b)]
            names = run(first, folders[0])
            assert run(second, folders[1]) == names
            for name in names:
                made = [check(folder, name) for folder in folders]
                paths = [folder / f"{name}.parquet" for folder in folders]
                parts = [polars.read_parquet(path) for path in paths]
                both = polars.concat(parts)
                assert len(both) == sum(map(len, parts)), name
                csvs = [folder / f"{name}.csv" for folder in folders]
                frames = [pandas.read_csv(path) for path in csvs]
                joined = pandas.concat(frames, ignore_index=True)
                assert list(joined.columns) == list(frames[0].columns), name
                # Columns of CSV that have a value have the same type in every file.
                tables = [polars.read_csv(path, infer_schema_length=None) for path in csvs]
                there = [c for c in tables[0].columns if all(t[c].null_count() < len(t) for t in tables)]
                polars.concat([table.select(there) for table in tables])
            repeated(folders[0], made[0])
            words = rebuilt(made[0])
            ours = [float(w) if w.replace(".", "").isdigit() else w for w in words]
            theirs = [float(w) if w.replace(".", "").isdigit() else w for w in shlex.split(made[0]["command"])]
            assert ours == theirs, f"{words} and {made[0]['command']}"
        print("as it should be:", first)


main()
