"""Downloads that Keras and the helper both make, from files that stand in for a server's."""

import hashlib
import tarfile
import zipfile

SEEDS = [0, 42]
CONTENT = b"one\ntwo\n"
CALLS = [
    {"fname": "a.txt", "origin": "a.txt"},
    {"origin": "a.txt"},
    {"fname": "b.txt", "origin": "a.txt", "cache_subdir": "texts"},
    {"fname": "a.txt", "origin": "a.txt", "md5_hash": hashlib.md5(CONTENT).hexdigest()},
    {"fname": "a.txt", "origin": "a.txt", "file_hash": hashlib.sha256(CONTENT).hexdigest()},
    {"fname": "a.txt", "origin": "a.txt", "file_hash": "0" * 64},
    {"fname": "photos", "origin": "photos.tar.gz", "untar": True},
    {"fname": "photos.tar.gz", "origin": "photos.tar.gz", "untar": True},
    {"fname": "photos.tar.gz", "origin": "photos.tar.gz", "extract": True},
    {"fname": "words.zip", "origin": "words.zip", "extract": True},
]


def serve(folder):
    """The files that can be downloaded."""
    folder.mkdir(parents=True)
    (folder / "a.txt").write_bytes(CONTENT)
    with tarfile.open(folder / "photos.tar.gz", "w:gz") as archive:
        archive.add(folder / "a.txt", "photos/1.jpg")
    with zipfile.ZipFile(folder / "words.zip", "w") as archive:
        archive.writestr("words.txt", CONTENT)


def downloads(get_file, options, folder):
    """The path, what the cache holds, and both again when the server's file has changed."""
    server, cache = folder / "server", folder / "cache"
    serve(server)
    cache.mkdir()
    options = {**options, "origin": (server / options["origin"]).as_uri(), "cache_dir": str(cache)}
    seen = []
    for _ in range(2):
        try:
            path = str(get_file(**options)).replace(str(cache), "")
        except ValueError:
            path = "ValueError"
        held = {}
        for file in sorted(cache.rglob("*")):
            text = file.suffix in {".txt", ".jpg"}
            if file.is_file():
                held[str(file.relative_to(cache))] = file.read_text() if text else ""
        seen.append([path, held])
        (server / "a.txt").write_bytes(b"three\n")
    return seen
