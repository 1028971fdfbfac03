"""Faults of the store or the machine: one exception with a Vietnamese message and what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from words import disk
from words.disk import KINDS

# Kind → what happened, what to do. Names in braces are replaced by values.
SENTENCES = disk.SENTENCES | {
    "worker_died": (
        "Tiến trình dựng số liệu dừng giữa chừng, thường vì máy chủ thiếu bộ nhớ; các tệp đã nạp còn nguyên.",
        "Đóng bớt chương trình khác hoặc thêm bộ nhớ, rồi người quản trị chạy trên máy chủ: python -m ingest {command}",
    ),
    "worker_not_begun": (
        "Máy chủ không mở được tiến trình xử lý số liệu ({detail}).",
        "Đóng bớt chương trình khác hoặc khởi động lại dịch vụ, rồi làm lại.",
    ),
    "identity_broken": (
        "Số liệu dựng lại không khớp nhau nên không được công bố ({detail}).",
        "Kiểm tra kho bằng: python -m ingest verify; rồi báo người phát triển chương trình.",
    ),
    "upload_damaged": (
        "Tệp lưu uploads/{id}.parquet (từ tệp “{file}”) bị hỏng hoặc bị mất.",
        "Lấy lại tệp đó từ bản sao lưu, chạy trong thư mục kho: tar -xf BẢN-SAO-LƯU.tar uploads/{id}.parquet; "
        "rồi chạy: python -m ingest verify",
    ),
    "manifest_damaged": (
        "Bản kê snapshots/{id}.json bị hỏng hoặc bị mất nên không biết kho có những lần nạp nào.",
        "Khôi phục kho từ bản sao lưu: python -m ingest restore-backup TỆP --replace",
    ),
    "manifests_lost": (
        "Kho còn tệp trong uploads/ nhưng không còn bản kê nào trong snapshots/ nên không biết đã nạp những gì.",
        "Khôi phục kho từ bản sao lưu: python -m ingest restore-backup TỆP --replace",
    ),
    "snapshot_damaged": ("Bản số liệu {id} bị hỏng.", "Dựng lại từ kho lưu: python -m ingest rebuild"),
    "newer": ("{said}", ""),
    "empty": ("Kho còn trống, không có gì để sao lưu.", "Nạp tệp trước: python -m ingest publish TỆP…"),
    "spark_missing": (
        "Máy này chưa cài Spark cho Python.",
        "Chạy: python -m pip install -r requirements-spark.txt; hoặc bỏ --engine spark để dựng bằng DuckDB.",
    ),
    "java_missing": (
        "Máy này chưa có Java mà Spark cần.",
        "Cài Java 17 trở lên (Debian: apt install default-jre-headless), hoặc đặt JAVA_HOME, rồi chạy lại.",
    ),
    "spark_master": (
        "Không khởi động được Spark ở “{master}” ({detail}).",
        "Kiểm tra lại --master: local[2] dùng máy này, spark://MÁY:7077 hoặc yarn dùng cụm máy; Java phải từ bản 17.",
    ),
    "spark_failed": (
        "Spark dừng giữa chừng ({detail}).",
        "Kiểm tra bộ nhớ và đĩa của cụm máy; nếu tệp trong thư mục lake hỏng thì xóa thư mục đó; rồi chạy lại.",
    ),
    "backup_stopped": (
        "Việc sao lưu dừng giữa chừng.",
        "Máy chủ có thể thiếu bộ nhớ: đóng bớt chương trình khác rồi làm lại.",
    ),
    "backup_inside": ("Bản sao lưu không được nằm trong chính kho số liệu.", "Chọn thư mục khác, tốt nhất ở đĩa khác."),
    "backup_damaged": ("Tệp sao lưu không dùng được: {detail}.", "Dùng một bản sao lưu khác."),
    "backup_differs": (
        "Số liệu dựng lại không giống số liệu ghi trong bản sao lưu, ở bảng: {tables}.",
        "Dùng một bản sao lưu khác.",
    ),
    "book_damaged": (
        "Tệp {file} ({book}) bị sửa hoặc hỏng ở dòng {line} nên không ghi tiếp.",
        "Lấy lại tệp đó từ bản sao lưu, chạy trong thư mục kho: tar -xf BẢN-SAO-LƯU.tar {file}; rồi chạy: python -m ingest verify",
    ),
    "book_busy": ("Người khác đang ghi {book}.", "Đợi một phút rồi làm lại."),
    "not_empty": (
        "Kho đã có số liệu.",
        "Thêm --replace (make restore FILE=… REPLACE=1) để thay; kho cũ được giữ trong thư mục con replaced-….",
    ),
}


class StoreFault(Exception):
    """The store cannot be read or written; nothing was published. `message` says what happened and what to do."""

    def __init__(self, kind: str, **words: str):
        self.kind, self.words = kind, words
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return " ".join(text for text in SENTENCES[self.kind] if text).format(**self.words)

    def __reduce__(self):
        """Pickle by a function, because the exception has keyword arguments."""
        return _made, (self.kind, self.words)


def _made(kind: str, words: dict[str, str]) -> StoreFault:
    return StoreFault(kind, **words)


def is_stop(error: BaseException) -> bool:
    """Whether a person stopped the work with Ctrl+C, also while DuckDB was busy; this is no damage and no bug."""
    said_so = isinstance(error, RuntimeError) and str(error) == "Query interrupted"  # DuckDB's message for Ctrl+C
    return said_so or isinstance(error, (KeyboardInterrupt, duckdb.InterruptException))


def explained(error: BaseException) -> StoreFault | None:
    """The machine fault that caused an error; None for other errors, for a stop and for a bug."""
    if isinstance(error, MemoryError):
        return StoreFault("memory")
    if isinstance(error, OSError):
        return StoreFault(KINDS[error.errno]) if error.errno in KINDS else None
    if isinstance(error, duckdb.Error):
        # DuckDB reports the system's message without its number; its temporary files are limited by the free space.
        kinds = [kind for code, kind in KINDS.items() if os.strerror(code) in str(error)]
        kinds += ["full"] * ("max_temp_directory_size" in str(error))
        kinds += ["memory"] * isinstance(error, duckdb.OutOfMemoryException)
        return StoreFault(kinds[0]) if kinds else None
    return None


@contextmanager
def in_words() -> Iterator[None]:
    """Convert machine faults to StoreFault; other errors pass unchanged."""
    try:
        yield
    except (OSError, MemoryError, duckdb.Error) as error:
        if fault := explained(error):
            raise fault from error
        raise
