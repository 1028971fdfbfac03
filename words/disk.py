"""What a fault of the disk or the memory is in words: what happened and what to do."""

from __future__ import annotations

import errno

# Kind → what happened, what to do.
SENTENCES = {
    "full": ("Đĩa của máy chủ đã đầy.", "Giải phóng chỗ trên đĩa rồi làm lại."),
    "read_only": ("Đĩa chỉ cho đọc, không ghi được.", "Gắn lại đĩa ở chế độ ghi được rồi làm lại."),
    "denied": (
        "Chương trình không có quyền đọc, ghi kho số liệu, hoặc nơi để bản sao lưu.",
        "Cấp quyền đọc, ghi thư mục đó cho tài khoản chạy chương trình rồi làm lại.",
    ),
    "disk": (
        "Đĩa báo lỗi khi đọc hoặc ghi.",
        "Kiểm tra đĩa, sao lưu kho sang đĩa khác, rồi chạy: python -m ingest verify",
    ),
    "memory": (
        "Máy chủ thiếu bộ nhớ.",
        "Đóng bớt chương trình khác, hoặc chia tệp thành các tệp nhỏ hơn, rồi làm lại.",
    ),
}
# The system's number of an error → its kind.
KINDS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EIO: "disk",
    errno.ENOMEM: "memory",
}


def in_words(error: OSError) -> str:
    """What happened and what to do; "" for an error of another kind.

    >>> in_words(OSError(errno.EROFS, "Read-only file system"))
    'Đĩa chỉ cho đọc, không ghi được. Gắn lại đĩa ở chế độ ghi được rồi làm lại.'
    >>> in_words(OSError("x"))
    ''
    """
    return " ".join(SENTENCES[KINDS[error.errno]]) if error.errno in KINDS else ""
