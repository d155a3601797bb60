"""A bucket on an S3 server of the tests' own, which is asked over HTTP by the client that an installation uses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import fsspec
import requests
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

BUCKET = "hub"


@contextmanager
def empty_bucket() -> Iterator[fsspec.AbstractFileSystem]:
    """The store with `BUCKET` in it, named to clients by the variables that an installation sets."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    settings = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "of-tests-only",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        requests.post(f"{address}/moto-api/reset", timeout=30).raise_for_status()
        with patch.dict(os.environ, settings):
            forget_clients()
            store = fsspec.filesystem("s3", use_listings_cache=False)
            store.mkdir(BUCKET)
            yield store
    finally:
        forget_clients()
        server.stop()


def forget_clients() -> None:
    """Lets the next one who asks be a new client, as in another process."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()
