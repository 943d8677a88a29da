"""Files that a script downloads, and the seeds of its random numbers."""

import hashlib
import os
import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import torch


def has_digest(path, digest):
    """Whether a file has this MD5 or SHA-256 digest."""
    algorithm = "md5" if len(digest) == 32 else "sha256"
    return hashlib.new(algorithm, path.read_bytes()).hexdigest() == digest


def latest_checkpoint(folder):
    """The file of a folder that was written last, if there is one."""
    files = [os.path.join(folder, name) for name in os.listdir(folder)]
    return max(files, key=lambda path: (os.path.getmtime(path), path), default=None)


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    extract=False,
    cache_dir=None,
):
    """The path of a file, downloaded into Keras's cache unless it is there already."""
    path = Path(cache_dir or "~/.keras").expanduser() / cache_subdir / (fname or Path(origin).name)
    if untar:
        path = path.parent / (path.name.removesuffix(".tar.gz") + ".tar.gz")
    if not path.exists() or ((file_hash or md5_hash) and not has_digest(path, file_hash or md5_hash)):
        print(f"Downloading data from {origin}")
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(origin, str(path), progress=False)
        if (file_hash or md5_hash) and not has_digest(path, file_hash or md5_hash):
            raise ValueError(f"{path} is incomplete or corrupted")
    if untar:
        folder = path.parent / path.name.removesuffix(".tar.gz")
        if not folder.exists():
            shutil.unpack_archive(path, path.parent, "tar")
        return str(folder)
    if extract:
        shutil.unpack_archive(path, path.parent, "zip" if zipfile.is_zipfile(path) else "tar")
    return str(path)


def set_random_seed(seed):
    """Seed Python's, NumPy's and PyTorch's random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
