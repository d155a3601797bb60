"""What people read of verdicts and findings, Vietnamese and English."""

VERDICTS = {
    "equal": ("bằng nhau", "equal"),
    "rounded": ("bằng nhau khi làm tròn", "equal after rounding"),
    "differs": ("khác", "differs"),
    "not_computable": ("không tính được", "not computable"),
}
KINDS = {
    "sum": ("tổng các phần", "sum of parts"),
    "quotient": ("tỷ lệ, bình quân", "quotient"),
    "growth": ("tăng trưởng", "growth"),
    "difference": ("phát sinh trong kỳ", "difference of totals"),
    "part": ("phần lớn hơn toàn bộ", "part larger than its whole"),
    "twice": ("một số liệu, hai giá trị", "one figure, two values"),
}
