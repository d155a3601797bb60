"""The pages that Airflow shows beside a DAG and a task, made from the specification."""

from collections.abc import Mapping

from connectors.column_specification import Column
from connectors.conditions import conditions
from connectors.specification import Feed, Source
from hub.translation import join

_CONSEQUENCE = {
    "reject": "bản ghi sai bị cách ly",
    "block": "sai thì chặn cả lô",
    "warn": "sai thì cảnh báo",
}


def source_page(source: Source, province: str, *, scheduled: bool) -> str:
    """Markdown: whose the source is, when it runs, how to load other days, and its feeds. `scheduled` is false where
    Airflow starts nothing by itself."""
    hours = source.lateness.total_seconds() / 3600
    lines = [
        f"# {source.title} · {province}",
        "",
        f"Đơn vị quản lý: `{source.owner}`. Lịch chạy: `{source.cadence}` (giờ Việt Nam); quá {hours:g} giờ là trễ.",
        "",
        *(() if scheduled else ("**Lịch tự chạy đang tắt / schedules are off.**", "")),
        "Mỗi lượt chạy nạp các ngày của kỳ đó. Để nạp khoảng ngày khác, bấm *Trigger* rồi điền **Từ ngày** và "
        "**Đến hết ngày**, hoặc dùng *Backfill*. Chạy lại cùng một khoảng ngày không làm thay đổi số liệu.",
        "",
        "| Luồng | Nội dung | Bảng | Số cột |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {_cell(feed.title)} | `{feed.fact}` | {len(feed.kept)} |"
            for name, feed in source.feeds.items()
        ),
    ]
    for name, feed in source.feeds.items():
        lines += ["", f"## `{name}`", "", feed_page(feed)]
    return "\n".join(lines)


def feed_page(feed: Feed) -> str:
    """Markdown: a feed's columns with what must hold, its rules, and the personal fields that are not kept."""
    lines = [
        f"{feed.title} → `{feed.fact}`",
        "",
        "| Cột | Tên trường | Kiểu | Nội dung | Ràng buộc |",
        "|---|---|---|---|---|",
        *(
            f"| `{name}` | `{column.wire or column.page}` | {column.type} | {_cell(_meaning(column))} "
            f"| {_cell(join(conditions(column)).vi)} |"
            for name, column in feed.kept.items()
        ),
    ]
    if feed.rules:
        lines += ["", "Quy tắc riêng:", ""]
        lines += [f"- `{rule.columns[0]}` ≤ `{rule.columns[1]}`; {_CONSEQUENCE[rule.severity]}" for rule in feed.rules]
    dropped = [str(column.wire or column.page) for column in feed.columns.values() if column.personal == "drop"]
    if dropped:
        lines += ["", f"Không lưu (dữ liệu cá nhân): {', '.join(f'`{name}`' for name in dropped)}."]
    return "\n".join(lines)


def kpi_page(provinces: Mapping[str, Mapping[str, Source]]) -> str:
    """Markdown: what makes the KPI DAG run."""
    feeds = [
        f"- {province} `{source.name}.{name}`: {feed.title}"
        for province, sources in provinces.items()
        for source in sources.values()
        for name, feed in source.feeds.items()
    ]
    return "\n".join(
        [
            "# Tính lại chỉ tiêu",
            "",
            "Chạy sau mỗi lần một luồng dữ liệu công bố nội dung mới, và mỗi sáng. Việc cần làm lấy từ sổ cái của "
            "kho dữ liệu, không lấy từ sự kiện của Airflow, nên lỡ một sự kiện cũng không sót chỉ tiêu nào.",
            "",
            *feeds,
        ]
    )


def government_page() -> str:
    """Markdown: what is sent to the Government, and what to do about a refusal."""
    return "\n".join(
        [
            "# Gửi chỉ tiêu cho Chính phủ",
            "",
            "Chạy sau mỗi lần tính lại chỉ tiêu có số liệu thay đổi, và mỗi sáng. Số liệu luỹ kế từ đầu năm đến hết "
            "từng tháng được ghi vào hộp thư đi cùng lúc với lần công bố, rồi gửi theo thứ tự; gửi lại không tạo "
            "bản ghi trùng.",
            "",
            "Số liệu bị từ chối không được gửi lại nguyên như cũ. Xem lý do bằng `ioc government status`; số liệu mới "
            "của chỉ tiêu đó sẽ tự thành một bản tin mới.",
        ]
    )


def audit_page() -> str:
    """Markdown: what is signed, and what to do when a place does not take it."""
    return "\n".join(
        [
            "# Chốt nhật ký kiểm toán",
            "",
            "Mỗi giờ ký nhật ký kiểm toán (cây Merkle, RFC 9162) bằng khoá của trung tâm (`IOC_AUDIT_KEY`) rồi lưu bản "
            "chốt vào các nơi ngoài cơ sở dữ liệu (`IOC_AUDIT_ANCHORS`, `IOC_AUDIT_AUTHORITY`).",
            "",
            "Khi một nơi không nhận được quá thời hạn `IOC_AUDIT_PATIENCE`, trung tâm ngừng công bố dữ liệu. Chạy "
            "`ioc audit checkpoint` để xem lý do, khắc phục rồi chạy lại.",
        ]
    )


def report_page() -> str:
    """Markdown: which reports are written, and where they lie."""
    return "\n".join(
        [
            "# Lập báo cáo",
            "",
            "Ngày 05 hằng tháng lập báo cáo định kỳ từ đầu năm đến hết tháng trước (tháng 7 là báo cáo 6 tháng đầu "
            "năm, tháng 01 là báo cáo năm) và báo cáo chất lượng dữ liệu của tháng trước. Tệp nằm trong thư mục "
            "`reports` của thư mục trạng thái; mỗi tệp có một mục trong nhật ký kiểm toán với mã băm SHA-256.",
            "",
            "Lập lại cho kỳ khác: `ioc report periodic --period 2023-H1`, `ioc report quality --period 2023-06`. Cơ "
            "quan ban hành, nơi nhận, chữ ký lấy từ bảng `[agency]` của `ioc.toml`.",
        ]
    )


def _meaning(column: Column) -> str:
    label = column.label or ""
    return f"{label} ({column.unit})" if column.unit else label


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
