"""The names of those who answer for sources and KPIs."""

from hub.translation import Text, Wording, msg

OWNERS: dict[str, Wording] = {
    "ban-quan-ly-khu-kinh-te-cua-khau": msg("Border-gate Economic Zone Authority"),
    "so-cong-thuong": msg("Department of Industry and Trade"),
    "so-noi-vu": msg("Department of Home Affairs"),
    "so-thong-tin-va-truyen-thong": msg("Department of Information and Communications"),
    "trung-tam-1022": msg("Centre 1022"),
    "van-phong-ubnd-tinh": msg("Office of the Provincial People's Committee"),
}


def owner_name(code: str) -> Wording:
    """An owner's name; its code where it has none."""
    return OWNERS.get(code) or Text(code, code)
