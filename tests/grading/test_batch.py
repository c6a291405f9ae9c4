"""From release to the platform's table: a class of all kinds, a kill in the middle, and every mark where it belongs."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import distributed
import pytest

from grading import batch, export, intake, source
from grading.batch import grade_all, results
from grading.intake import collect, penalty, roster, who

ROOT = Path(__file__).parents[2]


def notebooks(one, n):
    """n submissions of all kinds, with the marks they are worth in the coding parts, where that is known."""
    right, wrong = one.answers
    rng = random.Random(5)
    for i in range(n):
        if i == 3:
            yield source.release(one), 0
        elif i == 4:
            yield source.solved(one, **{"p2-output": "import os\nos._exit(1)"}), 21
        elif i == 5:
            yield (
                source.solved(one, **{"p2-output": rng.choice([w for w, _ in wrong["p2-output"].values()])}),
                None,
            )
        elif i % 2:
            yield source.solved(one), 25
        else:
            yield source.solved(one, **{part: rng.choice(list(a.values())) for part, a in right.items()}), 25


@pytest.fixture(scope="module")
def handed_in(one, tmp_path_factory):
    """The folder that a platform hands out, as Moodle and as Canvas do; and what each is worth."""
    folder = tmp_path_factory.mktemp("class")
    moodle, canvas, worth = folder / "moodle.zip", folder / "canvas.zip", {}
    with zipfile.ZipFile(moodle, "w") as m, zipfile.ZipFile(canvas, "w") as c:
        for i, (notebook, points) in enumerate(notebooks(one, 20)):
            student, text = str(1000 + i), json.dumps(notebook)
            worth[student] = points
            m.writestr(f"Ann, Student{i}_{student}_assignsubmission_file_/01-perceptron.ipynb", text)
            late = "LATE_" if i == 6 else ""
            c.writestr(f"student{i}ann_{late}{student}_{9000 + i}_01-perceptron.ipynb", text)
    return moodle, canvas, worth


@pytest.mark.usefixtures("isolated")
def test_a_class_from_submissions_to_the_platforms_tables(one, handed_in, tmp_path):
    moodle, canvas, worth = handed_in
    folder = tmp_path / "grades"
    count = grade_all(one, collect(moodle), folder, progress=False)
    assert count == {"graded": 20, "kept": 0, "failed": 0}
    found = results(folder)
    for student, points in worth.items():
        got = sum(mark["points"] or 0 for mark in found[student]["marks"])
        assert got == points or (points is None and 21 <= got < 25)
    assert "ended its own process" in " ".join(found["1004"]["incidents"])

    # the same submissions again: nothing is graded twice; from Canvas: the same, and one is late
    assert grade_all(one, collect(moodle), folder, progress=False)["kept"] == 20
    count = grade_all(one, collect(canvas), folder, percent=10, progress=False)
    assert count["kept"] == 20
    assert results(folder)["1006"]["penalty"] == 0.1

    # nothing is exported while a mark is missing
    missing = export.write_hand(folder)
    assert missing == 19
    with pytest.raises(export.NotGraded, match="19 of 20"):
        export.export(one, folder, "canvas")
    with (folder / "hand.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        row["points"], row["comment"] = "4", '=HYPERLINK("x")'
    with (folder / "hand.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert export.write_hand(folder) == 0
    totals = {s: r["total"] for s, r in export.marks_of(folder).items()}
    assert totals["1001"] == 29
    assert totals["1003"] == 0
    assert totals["1006"] == round(29 * 0.9, 2)

    with export.export(one, folder, "csv").open(newline="", encoding="utf-8") as lines:
        table = {row["student"]: row for row in csv.DictReader(lines)}
    assert {s: float(r["total"]) for s, r in table.items()} == totals
    check_canvas(export.export(one, folder, "canvas"), totals)
    check_moodle(export.export(one, folder, "moodle"), totals)

    # the platform's own tables, filled in
    own = tmp_path / "canvas.csv"
    head = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Quiz (12)",
        "The perceptron (4711)",
        "Final Score",
    ]
    rows = [head, ["    Points Possible", "", "", "", "", "5", "30", "(read only)"]]
    rows += [[f"Ann, Student{i}", str(1000 + i), f"s{i}", f"l{i}", "A", "3", "", "9"] for i in range(20)]
    rows.append(["Absent", "77", "", "", "A", "", "", ""])
    with own.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows(rows)
    file = export.export(one, folder, "canvas", own)
    check_canvas(file, totals, "The perceptron (4711)")
    assert "Quiz" not in file.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="Identifier"):
        export.export(one, folder, "moodle", own)
    rows = [["LastName", "FirstName", *head[1:]], ["    Points Possible", *rows[1][1:], ""]]
    rows += [["Ann", f"Student{i}", str(1000 + i), "", "", "A", "3", "", "9"] for i in range(20)]
    with own.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows(rows)
    with export.export(one, folder, "canvas", own).open(newline="", encoding="utf-8") as lines:
        assert next(csv.reader(lines))[:3] == ["LastName", "FirstName", "ID"]

    head = "Identifier,Full name,Status,Grade,Maximum Grade,Last modified (submission),Last modified (grade),Feedback comments"
    rows = [
        f'Participant {1000 + i},"Ann, Student{i}",Submitted,,30,"Friday, 20 November 2026, 9:00 AM",-,'
        for i in range(20)
    ]
    own.write_text(
        "\n".join([head, *rows, "Participant 77,Absent,No submission,,30,-,-,"]), encoding="utf-8-sig"
    )
    file = export.export(one, folder, "moodle", own)
    check_moodle(file, totals)
    assert "Absent,No submission,,30,-,-," in file.read_text(encoding="utf-8")
    own.write_text("Identifier,Full name,Grade,Maximum Grade,Feedback comments\nParticipant 1000,A,,30,\n")
    with pytest.raises(ValueError, match="no column 'Last modified"):
        export.export(one, folder, "moodle", own)
    own.write_text("Identifier,Full name,Grade,Last modified (grade)\nParticipant 1000,A,,\n")
    with pytest.raises(ValueError, match="does not list 1001"):
        export.export(one, folder, "moodle", own)

    assert export.feedback(one, folder) == 20
    page = (folder / "feedback" / "1003.md").read_text(encoding="utf-8")
    assert "nothing was written" in page
    assert not any(source.leaks(one, f.read_text(encoding="utf-8")) for f in (folder / "feedback").iterdir())
    text = export.report(one, folder)
    assert "20 submissions" in text
    assert "1001 and 1007: 100 %" in text or "1001 and 1011: 100 %" in text


def check_canvas(file, totals, column="01-perceptron"):
    """Read a table as Canvas does (lib/gradebook_importer.rb): by the places of the columns, names as it compares them."""
    with file.open(newline="", encoding="utf-8") as lines:
        head, possible, *rows = list(csv.reader(lines))
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert head[2:4] == ["SIS User ID", "SIS Login ID"]
    assert "Section" in head[4]
    assert head[5:] == [column]
    assert "Points Possible" in possible[0]
    assert float(possible[5]) == 30
    assert {row[1]: float(row[5]) for row in rows if row[5]} == totals


def check_moodle(file, totals):
    """Read a worksheet as Moodle does (mod/assign/feedback/offline/importgradeslib.php), which wants three columns."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows[0])
    assert {row["Identifier"]: float(row["Grade"]) for row in rows if row["Grade"]} == {
        f"Participant {s}": t for s, t in totals.items()
    }
    assert rows[0]["Full name"] == "Ann, Student0"
    assert "HYPERLINK" in rows[1]["Feedback comments"]
    assert rows[1]["Feedback comments"][0] not in "=+-@"


@pytest.mark.usefixtures("isolated")
def test_killed_in_the_middle_nothing_is_lost_or_graded_twice(one, handed_in, tmp_path):
    folder = tmp_path / "grades"
    code = (
        "import sys; from pathlib import Path; from grading import source, batch\n"
        f"print(batch.grade_all(source.read('01'), batch.collect(Path({str(handed_in[0])!r})), Path({str(folder)!r}), workers=2))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    first: dict[str, int] = {}
    rng = random.Random()  # another moment each time
    for kill in (os.killpg, os.kill, os.killpg):  # with all its processes; and the first alone
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, start_new_session=True, cwd=ROOT
        )
        end, more = time.monotonic() + 300, rng.randint(1, 4)
        while len(list(folder.glob("results/*.json"))) < len(first) + more and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.3))
        kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        stamps = {f.name: f.stat().st_mtime_ns for f in folder.glob("results/*.json")}
        assert len(stamps) >= len(first) + more
        assert all(json.loads(f.read_text(encoding="utf-8"))["marks"] for f in folder.glob("results/*.json"))
        assert first.items() <= stamps.items()
        first = stamps
    count = grade_all(one, collect(handed_in[0]), folder, progress=False)
    assert count == {"graded": 20 - len(first), "kept": len(first), "failed": 0}
    after = {f.name: f.stat().st_mtime_ns for f in folder.glob("results/*.json")}
    assert first.items() <= after.items()
    assert len(after) == 20
    assert not list(folder.glob("results/.*"))  # half a file


def _kill_some(path, data, only, unsafe):
    """A grader that dies once for each submission, in the middle."""
    mark = Path(os.environ["KILL_MARKS"]) / str(hash(data))
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return _work(path, data, only, unsafe)


_work = batch.work


@pytest.mark.usefixtures("isolated")
def test_a_worker_that_is_killed_loses_nothing(one, handed_in, tmp_path, monkeypatch):
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("KILL_MARKS", str(tmp_path / "marks"))
    monkeypatch.setattr(batch, "work", _kill_some)
    submissions = collect(handed_in[0])[:3]
    count = grade_all(one, submissions, tmp_path / "grades", workers=1, progress=False)
    assert count == {"graded": 3, "kept": 0, "failed": 0}


@pytest.mark.usefixtures("isolated")
def test_one_part_is_graded_anew_for_all_and_the_others_stay(one, handed_in, tmp_path, monkeypatch):
    folder, submissions = tmp_path / "grades", collect(handed_in[0])[:3]
    grade_all(one, submissions, folder, progress=False)
    for file in folder.glob("results/*.json"):
        data = json.loads(file.read_text(encoding="utf-8"))
        for mark in data["marks"]:
            mark["points"] = 1.0
        file.write_text(json.dumps(data))
    monkeypatch.setattr(batch, "version", lambda assignment: "mended")
    count = grade_all(one, submissions, folder, part="p2-output", progress=False)
    assert count["graded"] == 3
    for result in results(folder).values():
        points = {mark["name"]: mark["points"] for mark in result["marks"]}
        assert points.pop("p2-output-test") == 3
        points.pop("p2-output-test-tie")
        assert set(points.values()) == {1.0}


def test_two_graders_at_once_are_refused(tmp_path):
    code = f"from grading import batch; from pathlib import Path\nwith batch.alone(Path({str(tmp_path)!r})): pass"
    command = [sys.executable, "-c", code]
    with batch.alone(tmp_path):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert "another process grades" in done.stderr
    assert subprocess.run(command, cwd=ROOT).returncode == 0


def test_folders_the_latest_try_links_and_dates(tmp_path):
    for name, age in (("ann/old.ipynb", 9), ("ann/new.ipynb", 1), ("bob.ipynb", 5)):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
        then = time.time() - 3600 * age
        os.utime(file, (then, then))
    (tmp_path / "eve.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "mallory").symlink_to("/etc")
    with (tmp_path / "big.ipynb").open("wb") as stream:
        stream.truncate(200_000_000)
    found = {s.student: s for s in collect(tmp_path)}
    assert set(found) == {"ann", "bob", "eve", "big"}
    assert found["ann"].data == b"ann/new.ipynb"
    assert "not followed" in found["eve"].problem
    assert "larger than" in found["big"].problem
    assert found["big"].data == found["eve"].data == b""


def test_a_zip_that_means_harm(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../../etc/evil.ipynb", "{}")
        archive.writestr("/abs/evil.ipynb", "{}")
        archive.writestr("bomb.ipynb", b"0" * 50_000_000)
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("__MACOSX/._x.ipynb", "")
    found = {s.student: s for s in collect(file)}
    assert set(found) == {"etc", "abs", "bomb", "link"}
    assert "larger" in found["bomb"].problem
    assert "not followed" in found["link"].problem
    assert all("/" not in s and ".." not in s for s in found)


def test_an_unreadable_submission_gets_zero_and_is_in_every_table(one, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "eve.ipynb").symlink_to("/etc/passwd")
    folder = tmp_path / "grades"
    assert grade_all(one, collect(tmp_path / "in"), folder, progress=False)["graded"] == 1
    assert export.marks_of(folder)["eve"]["total"] == 0
    assert "not followed" in export.report(one, folder)


def test_who_reads_the_names_of_the_platforms():
    from pathlib import PurePosixPath as P

    assert who(P("Jane Doe_12_assignsubmission_file_work.ipynb")) == ("12", "Jane Doe", False)
    assert who(P("doejane_12_34_a_b.ipynb")) == ("12", "doejane", False)
    assert who(P("submissions/doejane_LATE_12_34_a.ipynb")) == ("12", "doejane", True)


@pytest.mark.parametrize(
    "named", ["jane_12_34_a.ipynb", "Jane_12_assignsubmission_file_.ipynb", "_12_34_a.ipynb"]
)
def test_nobody_hands_in_under_anothers_name(named):
    from pathlib import PurePosixPath as P

    assert who(P(f"eve_66_77_{named}"))[0] == "66"
    assert who(P(f"eve_LATE_66_77_{named}"))[::2] == ("66", True)
    assert who(P(f"Eve M_66_assignsubmission_file_{named}"))[0] == "66"
    assert who(P(f"Eve M_66_assignsubmission_file_/{named}"))[0] == "66"


def test_names_are_matched_with_the_roster(tmp_path):
    table = tmp_path / "list.csv"
    table.write_text('Student,ID,Section\n"Doe, Jane",4711,A\n', encoding="utf-8-sig")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Jane Doe.ipynb").write_text("{}")
    (found,) = collect(tmp_path / "in", roster(table))
    assert (found.student, found.name) == ("4711", "Doe, Jane")
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no columns"):
        roster(table)


def test_penalties_count_days_that_have_begun():
    due = datetime(2026, 11, 1, 12)
    assert penalty(due, due, 10) == 0
    assert penalty(due + timedelta(minutes=1), due, 10) == 0.1
    assert penalty(due + timedelta(days=30), due, 10) == 1
    assert penalty(due, None, 10, late=True) == 0.1


def test_marks_by_hand_are_checked(tmp_path):
    (tmp_path / "hand.csv").write_text("student,cell,maximum,points,comment\na,p4,5,6,\n")
    with pytest.raises(ValueError, match="line 2: 6 is not between"):
        export.hand_marks(tmp_path)
    (tmp_path / "hand.csv").write_text("student,cell,maximum,points,comment\na,p4,5,x,\nb,p4,5,,\n")
    with pytest.raises(ValueError, match="'x' is not a number"):
        export.hand_marks(tmp_path)
    (tmp_path / "hand.csv").write_text('student,cell,maximum,points,comment\na,p4,5,"3,5",ok\nb,p4,5,,\n')
    assert export.hand_marks(tmp_path) == {("a", "p4"): (3.5, "ok")}


@pytest.mark.usefixtures("isolated")
def test_a_dask_cluster_whose_workers_are_killed_gives_the_same_marks(one, handed_in, tmp_path, monkeypatch):
    stored: list[str] = []
    store = batch._store

    def count_and_kill(folder, submission, *others):
        store(folder, submission, *others)
        stored.append(submission.student)
        if len(stored) in (1, 3):  # two of three, in the middle of their work
            os.kill(cluster.workers[len(stored) // 3].pid, signal.SIGKILL)

    monkeypatch.setattr(batch, "_store", count_and_kill)
    submissions = collect(handed_in[0])[:8]
    with distributed.LocalCluster(3, threads_per_worker=1, dashboard_address=":0") as cluster:
        count = grade_all(one, submissions, tmp_path, scheduler=cluster.scheduler_address, progress=False)
    assert count == {"graded": 8, "kept": 0, "failed": 0}
    assert sorted(stored) == sorted(submission.student for submission in submissions)
    for student, result in results(tmp_path).items():
        worth = handed_in[2][student]
        assert worth in (None, sum(mark["points"] or 0 for mark in result["marks"]))


def test_the_command_line_says_what_is_wrong(tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "grading", *arguments], capture_output=True, text=True, cwd=ROOT
        )
        return done.returncode, done.stderr

    assert "no assignment '77'" in run("gate", "77")[1]
    assert "no submissions at" in run("grade", "01", str(tmp_path / "none"))[1]


def test_what_is_collected_is_the_same_from_a_folder_and_a_zip(handed_in, tmp_path):
    with zipfile.ZipFile(handed_in[0]) as archive:
        archive.extractall(tmp_path)
    a, b = collect(tmp_path), collect(handed_in[0])
    assert [(s.student, s.data) for s in a] == [(s.student, s.data) for s in b]
    shutil.rmtree(tmp_path)
    assert intake.collect(handed_in[0])
