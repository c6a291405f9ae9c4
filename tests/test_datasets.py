import gzip
import sys
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pooch
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from nnlib import datasets


@pytest.mark.parametrize(
    ("load", "reference", "positive"),
    [
        (datasets.digits, load_digits(), None),
        (lambda **options: datasets.breast_cancer(standardize=False, **options), load_breast_cancer(), 0),
    ],
)
def test_every_sample_is_there_once_and_stratified(load, reference, positive):
    X_train, X_test, y_train, y_test = load(seed=3)
    scale = 16 if positive is None else 1
    target = reference.target if positive is None else (reference.target == positive)
    rows = np.column_stack([np.vstack([X_train, X_test]) * scale, np.concatenate([y_train, y_test])])
    expected = np.column_stack([reference.data, target])
    assert np.array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])
    assert len(y_test) == np.ceil(len(target) / 5)
    shares = [np.bincount(y) / len(y) for y in (y_train, y_test)]
    assert np.allclose(*shares, atol=0.01)
    assert y_test.dtype == np.int64
    assert X_test.dtype == np.float64


def test_the_seed_chooses_the_split():
    a, b, c = (datasets.digits(seed=seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_standardizing_uses_the_training_set_alone():
    X_train, X_test, _, _ = datasets.breast_cancer(seed=0)
    raw_train, raw_test, _, _ = datasets.breast_cancer(seed=0, standardize=False)
    assert np.allclose(X_train.mean(axis=0), 0)
    assert np.allclose(X_train.std(axis=0), 1)
    assert np.allclose(X_test, (raw_test - raw_train.mean(axis=0)) / raw_train.std(axis=0))


def test_feature_names_are_those_of_scikit_learn():
    assert load_breast_cancer().feature_names.tolist() == datasets.BREAST_CANCER_FEATURES


@pytest.mark.parametrize("n", [2, 3, 1000])
def test_separable_samples_lie_at_the_margin_within_the_unit_ball(n):
    X, y, w, b = datasets.separable(n_samples=200, n_features=n, margin=0.05, seed=1)
    assert np.linalg.norm(w) == pytest.approx(1)
    assert np.allclose(X @ w + b, np.where(y == 1, 0.05, -0.05))
    length = np.linalg.norm(X, axis=1)
    assert length.max() <= 1 + 1e-12
    assert length.max() > 0.9
    assert 60 < y.sum() < 140


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("test_size must lie between 0 and 1; got 1", lambda: datasets.digits(test_size=1)),
        ("test_size 0.0001 leaves one side without some class", lambda: datasets.digits(test_size=0.0001)),
        ("test_size 0.9999 leaves", lambda: datasets.breast_cancer(test_size=0.9999)),
        ("n_features >= 2.*got 5, 1 and 0.1", lambda: datasets.separable(5, 1, 0.1)),
        ("got 0, 2 and 0.1", lambda: datasets.separable(0, 2, 0.1)),
        ("got 5, 2 and 1", lambda: datasets.separable(5, 2, 1)),
        ("got 2 classes, 1 samples and noise 0.1", lambda: datasets.moons(1)),
        ("noise -1", lambda: datasets.circles(10, noise=-1)),
        ("noise nan", lambda: datasets.xor(10, noise=float("nan"))),
        ("noise inf", lambda: datasets.xor(10, noise=float("inf"))),
        ("got 1 classes", lambda: datasets.spirals(10, n_classes=1)),
        (
            "turns must be a finite number, not negative; got inf",
            lambda: datasets.spirals(turns=float("inf")),
        ),
        ("float64 or float32; got int64", lambda: datasets.mnist(dtype=np.int64)),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


SHAPES = [datasets.moons, datasets.circles, datasets.spirals, datasets.xor]


@pytest.mark.parametrize("make", SHAPES)
def test_made_samples_are_balanced_shuffled_and_chosen_by_the_seed(make):
    X, y = make(n_samples=101, noise=0.05, seed=2)
    again, other = make(n_samples=101, noise=0.05, seed=2), make(n_samples=101, noise=0.05, seed=3)
    assert (X.shape, X.dtype, y.dtype) == ((101, 2), np.float64, np.int64)
    assert sorted(np.bincount(y)) == [50, 51]
    assert 10 < np.count_nonzero(np.diff(y)) < 90  # neither sorted nor alternating
    assert np.array_equal(X, again[0])
    assert np.array_equal(y, again[1])
    assert not np.array_equal(X, other[0])


@pytest.mark.parametrize("make", SHAPES)
def test_noise_has_the_standard_deviation_that_was_asked_for(make):
    clean, y = make(n_samples=4000, noise=0)
    noisy, y_noisy = make(n_samples=4000, noise=0.3)
    assert np.array_equal(y, y_noisy)
    assert (noisy - clean).std(axis=0) == pytest.approx([0.3, 0.3], rel=0.05)
    assert (noisy - clean).mean(axis=0) == pytest.approx([0, 0], abs=0.03)


def test_moons_are_half_circles():
    X, y = datasets.moons(noise=0)
    centre = np.where(y[:, None] == 0, [0, 0], [1, 0.5])
    assert np.allclose(np.linalg.norm(X - centre, axis=1), 1)
    assert np.all((X - centre)[:, 1] * np.where(y == 0, 1, -1) >= 0)


def test_circles_have_their_radii():
    X, y = datasets.circles(noise=0)
    assert np.allclose(np.linalg.norm(X, axis=1), np.where(y == 1, 0.5, 1))
    assert all((X[y == kind] > 0).any() and (X[y == kind] < 0).any() for kind in (0, 1))


def test_spirals_turn_as_often_as_asked():
    X, y = datasets.spirals(n_samples=300, n_classes=3, turns=0.25, noise=0)
    radius = np.linalg.norm(X, axis=1)
    angle = 2 * np.pi * (0.25 * radius + y / 3)
    assert np.allclose(X, radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    assert 0.1 <= radius.min() < 0.15
    assert 0.95 < radius.max() <= 1
    assert np.bincount(y).tolist() == [100, 100, 100]


def test_xor_keeps_away_from_the_axes():
    X, y = datasets.xor(noise=0)
    assert np.array_equal(y == 1, X.prod(axis=1) < 0)
    assert 0.1 <= np.abs(X).min() < 0.12
    assert 0.98 < np.abs(X).max() <= 1
    assert len(np.unique(np.sign(X), axis=0)) == 4


ROOT = Path(__file__).parent.parent


def test_mnist_is_read_from_a_directory(monkeypatch):
    folder = ROOT.parent / "shared" / "data" / "mnist"
    if not folder.is_dir():
        pytest.skip(f"the real MNIST is NOT tested: there is no {folder}")
    monkeypatch.setenv("NNLIB_MNIST_DIR", str(folder))
    X_train, X_test, y_train, y_test = datasets.mnist(dtype=np.float32)
    assert X_train.shape == (60000, 784)
    assert X_test.shape == (10000, 784)
    assert (X_train.dtype, y_train.dtype) == (np.float32, np.int64)
    assert (X_train.min(), X_train.max(), X_test.min(), X_test.max()) == (0, 1, 0, 1)
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert X_train.mean(dtype=float) == pytest.approx(
        0.1307, abs=1e-4
    )  # the figure that everybody normalises by


@pytest.fixture
def small(monkeypatch):
    """Files in MNIST's format, taken for the real ones: three images to train with, two to test."""
    rng = np.random.default_rng(0)
    files = {}
    for name in datasets._MNIST:
        m = 3 if name.startswith("train") else 2
        if "images" in name:
            files[name] = bytes(range(16)) + rng.integers(0, 256, 784 * m, dtype=np.uint8).tobytes()
        else:
            files[name] = bytes(range(8)) + rng.integers(0, 10, m, dtype=np.uint8).tobytes()
    monkeypatch.setattr(datasets, "_MNIST", {name: sha256(data).hexdigest() for name, data in files.items()})
    monkeypatch.delenv("NNLIB_MNIST_DIR", raising=False)
    return files


def check(found, files):
    X_train, X_test, y_train, y_test = found
    assert X_train.shape == (3, 784)
    assert X_train.dtype == np.float64
    assert (X_train.ravel() * 255).round().tolist() == list(files["train-images-idx3-ubyte"][16:])
    assert (X_test.ravel() * 255).round().tolist() == list(files["t10k-images-idx3-ubyte"][16:])
    assert y_train.tolist() == list(files["train-labels-idx1-ubyte"][8:])
    assert y_test.tolist() == list(files["t10k-labels-idx1-ubyte"][8:])


def test_a_directory_may_hold_the_files_compressed_or_not(small, tmp_path):
    for i, (name, data) in enumerate(small.items()):
        if i % 2:
            (tmp_path / name).write_bytes(data)
        else:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data, 1))
    check(datasets.mnist(tmp_path), small)
    check(datasets.mnist(str(tmp_path)), small)


def damaged(kind, data):
    """A compressed file that something has happened to."""
    flipped = bytearray(gzip.compress(data))
    flipped[len(flipped) // 2] ^= 0xFF
    return {
        "truncated": gzip.compress(data)[:-20],
        "flipped": bytes(flipped),
        "another": gzip.compress(data + b"x"),
        "page": b"<html>not found</html>",
        "empty": b"",
    }[kind]


BAD = {
    "truncated": "truncated or damaged: Compressed file ended",
    "flipped": "truncated or damaged|is not MNIST's",
    "another": "is not MNIST's .*SHA-256 is .* expected",
    "page": "is not MNIST's",
    "empty": "is not MNIST's",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_damaged_file_in_the_reader_s_directory_is_refused_and_left_alone(kind, small, tmp_path):
    for name, data in small.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
    name = "t10k-labels-idx1-ubyte"
    path = tmp_path / f"{name}.gz"
    path.write_bytes(damaged(kind, small[name]))
    with pytest.raises(ValueError, match=BAD[kind]) as caught:
        datasets.mnist(tmp_path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == damaged(kind, small[name])


def test_a_missing_file_is_named(small, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train-images-idx3-ubyte\.gz is not in"):
        datasets.mnist(tmp_path)


class Host(BaseHTTPRequestHandler):
    """Serves `server.files`; of a file in `server.cut` only the first half arrives."""

    def do_GET(self):
        self.server.asked.append(self.path)
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if self.path in self.server.cut else data)

    def log_message(self, *args):
        pass


@pytest.fixture
def host(small, tmp_path, monkeypatch):
    """Two mirrors on this machine, /a/ and /b/, and an empty cache; both have all the files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.files = {
        f"/{mirror}/{name}.gz": gzip.compress(data) for mirror in "ab" for name, data in small.items()
    }
    server.cut, server.asked, server.cache = set(), [], tmp_path / "cache" / "mnist"
    monkeypatch.setattr(
        datasets, "_MIRRORS", tuple(f"http://127.0.0.1:{server.server_port}/{mirror}/" for mirror in "ab")
    )
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_mnist_is_fetched_once(host, small):
    check(datasets.mnist(), small)
    assert host.asked == [f"/a/{name}.gz" for name in small]
    check(datasets.mnist(), small)
    assert len(host.asked) == 4
    assert sorted(path.name for path in host.cache.iterdir()) == sorted(f"{name}.gz" for name in small)


def test_progress_is_shown_unless_it_is_not_wanted(host, small, capsys):
    datasets.mnist(progress=False)
    assert capsys.readouterr().err == ""
    (host.cache / "t10k-labels-idx1-ubyte.gz").unlink()
    datasets.mnist()
    assert "100%" in capsys.readouterr().err


def test_a_mirror_that_fails_is_replaced_by_the_next(host, small):
    host.files = {path: data for path, data in host.files.items() if path.startswith("/b/")}
    check(datasets.mnist(progress=False), small)


@pytest.mark.parametrize("kind", [*BAD, "interrupted", "missing"])
def test_a_bad_download_is_refused_and_leaves_nothing_behind(kind, host, small):
    name = "train-images-idx3-ubyte"
    for mirror in "ab":
        path = f"/{mirror}/{name}.gz"
        if kind == "interrupted":
            host.cut.add(path)
        elif kind == "missing":
            del host.files[path]
        else:
            host.files[path] = damaged(kind, small[name])
    with pytest.raises(ConnectionError, match=r"train-images-idx3-ubyte\.gz could not be fetched") as caught:
        datasets.mnist(progress=False)
    assert all(mirror in str(caught.value) for mirror in datasets._MIRRORS)
    assert "NNLIB_MNIST_DIR" in str(caught.value)
    assert list(host.cache.iterdir()) == []


def test_a_run_that_is_stopped_leaves_nothing_behind(host, monkeypatch):
    def stop(self, url, output_file, _):
        Path(output_file).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", stop)
    with pytest.raises(KeyboardInterrupt):
        datasets.mnist()
    assert list(host.cache.iterdir()) == []


def test_a_copy_that_was_damaged_in_the_cache_is_fetched_again(host, small):
    datasets.mnist(progress=False)
    path = host.cache / "train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-5])
    check(datasets.mnist(progress=False), small)
    assert len(host.asked) == 5
    path.write_bytes(b"")
    host.files = {}
    with pytest.raises(ConnectionError):
        datasets.mnist(progress=False)
    assert not path.exists()


def test_without_pooch_the_message_says_what_to_do(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install 'nnlib\[notebook\]'.*name a directory"):
        datasets.mnist()


def test_the_embedded_files_are_small_and_need_no_pickle():
    folder = Path(datasets.__file__).parent / "data"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000
    for path in folder.iterdir():
        with np.load(path, allow_pickle=False) as stored:
            assert all(stored[name].dtype != object for name in stored)
