"""Runs: what they record, how they end, and which one is current."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import vitrail as vt
from vitrail.errors import Invalid, NotFound
from vitrail.store.lineage import Edge


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def small(name: str, label: str = "dog") -> vt.Artifact:
    artifact = vt.Artifact(name, "data")
    artifact.add(vt.Classes([{"id": 0, "name": label}]), "classes")
    return artifact


def states(store: Path) -> dict[str, str]:
    return {run.name: run.state for run in vt.Api(store).runs()}


def test_a_run_is_recorded_with_its_config_and_its_end(store: Path) -> None:
    with vt.init(project="p", job_type="train", name="mine", config={"lr": 0.1}, store=store) as run:
        assert states(store) == {"mine": "running"}
        run.config["epochs"] = np.int64(3)
        run.config.seed = 7
        assert run.config.lr == 0.1
    (found,) = vt.Api(store).runs()
    assert (found.project, found.job_type, found.name) == ("p", "train", "mine")
    assert found.config == {"lr": 0.1, "epochs": 3, "seed": 7}
    assert found.state == "finished"
    assert found.ended is not None
    assert found.ended >= found.created
    assert vt.Api(store).run(run.id) == found


def test_a_run_that_raises_is_recorded_as_failed(store: Path) -> None:
    with pytest.raises(ZeroDivisionError), vt.init(store=store, name="bad"):
        _ = 1 / 0
    with pytest.raises(KeyboardInterrupt), vt.init(store=store, name="stopped"):
        raise KeyboardInterrupt
    vt.init(store=store, name="code").finish(exit_code=3)
    assert states(store) == {"bad": "failed", "stopped": "failed", "code": "failed"}


def test_a_run_without_a_name_gets_one_of_its_job_type(store: Path) -> None:
    for _ in range(2):
        vt.init(job_type="train", store=store).finish()
    assert list(states(store)) == ["train-1", "train-2"]


def test_a_finished_run_does_nothing_more(store: Path) -> None:
    run = vt.init(store=store)
    run.finish()
    run.finish()
    with pytest.raises(Invalid, match="is finished; begin another one"):
        run.log_artifact(small("a"))
    with pytest.raises(Invalid):
        run.log({"a": 1})


@pytest.mark.parametrize(("end", "state"), [("", "finished"), ("1 / 0", "failed")])
def test_a_run_that_nobody_ends_ends_with_its_process(store: Path, end: str, state: str) -> None:
    code = f"import vitrail as vt\nvt.init(store={str(store)!r}, name='left')\nvt.log({{'a': 1}})\n{end}"
    subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert states(store) == {"left": state}


def test_lineage_has_runs_versions_and_what_came_of_which(store: Path) -> None:
    with vt.init(job_type="make", name="make", store=store) as make:
        make.log_artifact(small("data"))
    with vt.init(job_type="train", name="train", store=store) as train:
        train.use_artifact("data")
        train.use_artifact("data:v0")
        train.log_artifact(small("model", "cat"))
    lineage = vt.Api(store).lineage()
    assert set(lineage.edges) == {
        Edge(f"run/{make.id}", "data:v0", "made"),
        Edge("data:v0", f"run/{train.id}", "used"),
        Edge(f"run/{train.id}", "model:v0", "made"),
    }
    assert len(lineage.edges) == 3
    assert sorted(lineage.versions) == ["data:v0", "model:v0"]
    assert [run.job_type for run in lineage.runs.values()] == ["make", "train"]
    used, made = (
        vt.Api(store).run(train.id).used_artifacts(),
        vt.Api(store).run(train.id).logged_artifacts(),
    )
    assert [a.qualified_name for a in used + made] == ["data:v0", "model:v0"]
    by = vt.Api(store).artifact("data").logged_by()
    assert by is not None
    assert by.id == make.id
    assert [run.id for run in vt.Api(store).artifact("data").used_by()] == [train.id]


def test_a_run_that_logs_known_content_has_made_it_as_well(store: Path) -> None:
    ids = []
    for _ in range(2):
        with vt.init(store=store) as run:
            run.log_artifact(small("data"))
            ids.append(run.id)
    artifact = vt.Api(store).artifact("data")
    by = artifact.logged_by()
    assert by is not None
    assert by.id == ids[0]
    assert len(vt.Api(store).lineage().edges) == 2


def test_values_tables_and_pictures_are_logged(store: Path) -> None:
    table = vt.Table(["a"], [[1], [2]])
    image = vt.Image(np.zeros((4, 5), np.uint8))
    with vt.init(store=store) as run:
        run.log({"loss": np.float32(0.5), "step": 1, "note": "x"})
        run.log({"loss": float("inf")}, step=10)
        run.log({"a/table": table, "image": image})
        with pytest.raises(Invalid, match="the value 'x'"):
            run.log({"x": object()})
    (found,) = vt.Api(store).runs()
    history = found.history()
    assert [entry["_step"] for entry in history] == [0, 10, 11]
    assert [entry.get("loss") for entry in history] == [0.5, float("inf"), None]
    place = history[2]["a/table"]
    assert vt.Api(store).artifact(place["artifact"]).get(place["entry"]) == table
    place = history[2]["image"]
    assert vt.Api(store).artifact(place["artifact"]).get(place["entry"]) == image
    assert {a.type for a in found.logged_artifacts()} == {"run_table", "run_media"}


def test_a_path_is_logged_as_an_artifact_of_its_own(store: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    with vt.init(store=store) as run:
        run.log_artifact(tmp_path / "in" / "a.txt", name="file", type="data")
        run.log_artifact(str(tmp_path / "in"))
        with pytest.raises(NotFound, match="no file or folder"):
            run.log_artifact(tmp_path / "none")
    assert vt.Api(store).artifact("file").get("a.txt").read() == b"a"
    assert vt.Api(store).artifact("in").names == ("a.txt",)


def test_the_type_that_is_asked_for_is_checked(store: Path) -> None:
    with vt.init(store=store) as run:
        run.log_artifact(small("data"))
        assert run.use_artifact("data", type="data").version == "v0"
        with pytest.raises(Invalid, match="is of type 'data', not 'model'"):
            run.use_artifact("data", type="model")
    with pytest.raises(Invalid, match="is of type 'data'"):
        vt.Api(store).artifact("data", type="model")


def test_the_verbs_act_on_the_current_run(store: Path) -> None:
    with pytest.raises(Invalid, match="no run is under way"):
        vt.log({"a": 1})
    outer = vt.init(store=store, name="outer")
    with vt.init(store=store, name="inner"):
        vt.log_artifact(small("a"))
    vt.log_artifact(small("b"))
    vt.use_artifact("a")
    vt.log({"n": 1})
    vt.finish()
    with pytest.raises(Invalid):
        vt.finish()
    assert outer.state == "finished"
    made = {run.name: [a.name for a in run.logged_artifacts()] for run in vt.Api(store).runs()}
    assert made == {"outer": ["b"], "inner": ["a"]}


def test_each_thread_has_its_own_current_run(store: Path) -> None:
    both = threading.Barrier(2)

    def work(name: str) -> None:
        with vt.init(store=store, name=name):
            both.wait()
            vt.log_artifact(small(name))
            both.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = {run.name: [a.name for a in run.logged_artifacts()] for run in vt.Api(store).runs()}
    assert made == {"one": ["one"], "two": ["two"]}


def test_a_helping_thread_logs_to_the_only_run_there_is(store: Path) -> None:
    with vt.init(store=store) as run:
        thread = threading.Thread(target=lambda: vt.log({"a": 1}))
        thread.start()
        thread.join()
        assert run.step == 1


def test_many_threads_log_into_one_store(store: Path) -> None:
    with vt.init(store=store) as run:
        threads = [
            threading.Thread(
                target=lambda n=n: [run.log_artifact(small("t", f"{n} {i}")) for i in range(5)]
            )
            for n in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    versions = vt.Api(store).project.artifacts()["data"]["t"]
    assert [row.number for row in versions] == list(range(30))
    assert vt.Api(store).project.verify() == ()


def test_the_store_is_where_it_was_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    vt.init(name="here").finish()
    vt.init(name="dir", dir=tmp_path / "d").finish()
    monkeypatch.setenv("VITRAIL_HOME", str(tmp_path / "home"))
    vt.init(name="home").finish()
    found = {path: list(states(tmp_path / path)) for path in (".vitrail", "d/.vitrail", "home")}
    assert found == {".vitrail": ["here"], "d/.vitrail": ["dir"], "home": ["home"]}
    with pytest.raises(Invalid, match="not both"):
        vt.init(store=tmp_path, dir=tmp_path)


@pytest.mark.parametrize("what", ["project", "job_type", "name"])
@pytest.mark.parametrize("name", ["", "a\0", "a\nb", "x" * 300])
def test_hostile_names_of_runs_are_refused(store: Path, what: str, name: str) -> None:
    with pytest.raises(Invalid):
        vt.init(**{what: name}, store=store)  # type: ignore[arg-type]
    assert not store.exists()
