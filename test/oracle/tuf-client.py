"""The client of python-tuf over a repository in a directory, for test/oracle/tuf.test.ts.

Arguments: the repository, the client's metadata (root.json is there), a folder for targets, then target paths. Prints JSON:
the version of root, and for each path its SHA-256, null when it is not found, or {"refused": the name of the exception}.
"""

import hashlib
import json
import os
import sys

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater


class Directory(FetcherInterface):
    """Reads the files of a directory where a URL would be fetched."""

    def _fetch(self, url):
        try:
            with open(url.removeprefix("file://"), "rb") as file:
                yield file.read()
        except FileNotFoundError:
            raise DownloadHTTPError(url, 404) from None


def main(repository, metadata, targets, *paths):
    with open(os.path.join(metadata, "root.json"), "rb") as file:
        root = file.read()
    results = {}
    updater = Updater(
        metadata_dir=metadata,
        metadata_base_url=f"file://{repository}/metadata/",
        target_dir=targets,
        target_base_url=f"file://{repository}/targets/",
        fetcher=Directory(),
    )
    try:
        updater.refresh()
        for path in paths:
            info = updater.get_targetinfo(path)
            if info is None:
                results[path] = None
                continue
            with open(updater.download_target(info), "rb") as file:
                results[path] = hashlib.sha256(file.read()).hexdigest()
    except Exception as error:  # What it is called is the result.
        results["refused"] = type(error).__name__
    with open(os.path.join(metadata, "root.json"), encoding="utf-8") as file:
        results["root"] = json.load(file)["signed"]["version"]
    json.dump(results, sys.stdout)


main(*sys.argv[1:])
