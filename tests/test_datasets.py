import numpy as np
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
        ("n_features >= 2.*got 5, 1 and 0.1", lambda: datasets.separable(5, 1, 0.1)),
        ("got 0, 2 and 0.1", lambda: datasets.separable(0, 2, 0.1)),
        ("got 5, 2 and 1", lambda: datasets.separable(5, 2, 1)),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()
