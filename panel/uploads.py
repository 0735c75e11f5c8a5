"""How much one request may send: more than any form of ours takes is refused before it fills a disk."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 40 * 1024 * 1024


class WithinReason(FileUploadHandler):
    """Stands before the handlers that keep files; a body whose length is not known is empty to Django."""

    def handle_raw_input(
        self, input_data: Any, meta: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > MOST_BYTES:
            raise RequestDataTooBig("The request is larger than any form of this panel.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
