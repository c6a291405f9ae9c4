"""Write nnlib/data from scikit-learn's copies of the data sets; run by hand, when they change."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits

DATA = Path(__file__).resolve().parent.parent / "nnlib" / "data"


def main() -> None:
    """Write digits.npz and breast_cancer.npz."""
    digits = load_digits()
    np.savez_compressed(DATA / "digits.npz", X=digits.data.astype(np.uint8), y=digits.target.astype(np.uint8))
    cancer = load_breast_cancer()
    malignant = 1 - cancer.target  # scikit-learn counts malignant as 0; here 1 is what the detector looks for
    np.savez_compressed(DATA / "breast_cancer.npz", X=cancer.data, y=malignant.astype(np.uint8))


if __name__ == "__main__":
    main()
