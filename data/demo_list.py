"""The lists of the simulated district: what its units have, lack and do, in keeping with the indicators that they report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Random = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class Known:
    """The units that keep lists, the newest (numerator or value, denominator) of each reported indicator, and luck."""

    communes: pd.DataFrame
    counter: str
    newest: dict[tuple[str, str], tuple[float, float | None]]
    random: Random


# Equipment of a one-stop desk: how many there must be, and the price of one. Together they are the items of indicator S16.
EQUIPMENT = {
    "Máy tính để bàn": (5, 15_000_000),
    "Máy in": (3, 6_500_000),
    "Máy quét": (3, 12_500_000),
    "Thiết bị đọc thẻ căn cước": (2, 8_000_000),
    "Bộ lưu điện": (2, 4_200_000),
    "Máy lấy số thứ tự": (1, 38_000_000),
    "Màn hình tra cứu": (1, 22_000_000),
    "Ki-ốt nộp hồ sơ trực tuyến": (1, None),
}
EQUIPMENT_COLUMNS = ("unit_code", "name", "required_count", "usable_count", "unit_cost", "reported_on", "simulated")


def equipment_rows(known: Known) -> list[tuple]:
    """What each desk must have and can use; three communes have not told."""
    luck, rows = known.random("equipment"), []
    silent = set(luck.choice(known.communes["unit_code"], 3, replace=False))
    for unit in [*known.communes["unit_code"], known.counter]:
        if unit in silent:
            continue
        required = np.array([many for many, _ in EQUIPMENT.values()])
        usable, every = known.newest.get((unit, "S16"), (14, 18))
        lost = luck.permutation(np.repeat(np.arange(len(required)), required))[
            : round(required.sum() * (1 - usable / every))
        ]
        left = required - np.bincount(lost, minlength=len(required))
        told = f"2024-12-{luck.integers(2, 21):02d}"
        for (name, (many, price)), there in zip(EQUIPMENT.items(), left, strict=True):
            rows.append((unit, name, many, int(there), price, told, "true"))
    return rows


POLICE, JUSTICE, INSURANCE = "Công an huyện", "Phòng Tư pháp", "Bảo hiểm xã hội huyện"
# Name | owner | due | deployed | obstacle. The names are those commonly given for the 25 services, written from memory and
# not compared with the decision; by the end of 2023 18 are deployed, as the district has said, and by the end of 2024 20, as
# its simulated report of indicator X01 says.
ESSENTIAL_SERVICES = f"""
Xác nhận số chứng minh nhân dân khi đã có căn cước | {POLICE} | 2022-12-31 | 2022-11-15 |
Đăng ký thường trú | {POLICE} | 2022-12-31 | 2022-08-01 |
Đăng ký tạm trú | {POLICE} | 2022-12-31 | 2022-08-01 |
Khai báo tạm vắng | {POLICE} | 2022-12-31 | 2022-08-01 |
Thông báo lưu trú | {POLICE} | 2022-12-31 | 2022-07-04 |
Cấp hộ chiếu phổ thông | {POLICE} | 2022-12-31 | 2022-09-12 |
Nộp phạt vi phạm giao thông | {POLICE} | 2023-06-30 | 2023-05-22 |
Đăng ký, cấp biển số mô tô, xe gắn máy | {POLICE} | 2023-06-30 | 2023-08-21 |
Đăng ký, cấp biển số ô tô | {POLICE} | 2024-06-30 | 2024-05-20 |
Đăng ký mẫu con dấu | {POLICE} | 2024-12-15 | | Chờ phần mềm của cấp trên
Đăng ký khai sinh | {JUSTICE} | 2022-12-31 | 2022-10-03 |
Đăng ký khai tử | {JUSTICE} | 2022-12-31 | 2022-10-03 |
Đăng ký kết hôn | {JUSTICE} | 2022-12-31 | 2022-12-12 |
Liên thông khai sinh, thẻ bảo hiểm y tế trẻ em, đăng ký thường trú | {JUSTICE} | 2023-07-10 | 2023-07-10 |
Liên thông khai tử, mai táng phí, xóa đăng ký thường trú | {JUSTICE} | 2023-07-10 | 2023-07-10 |
Cấp phiếu lý lịch tư pháp | {JUSTICE} | 2025-03-31 | | Thuộc thẩm quyền cấp tỉnh, huyện chỉ hướng dẫn nộp
Gia hạn thẻ bảo hiểm y tế theo hộ gia đình | {INSURANCE} | 2022-12-31 | 2022-12-05 |
Giải quyết hưởng trợ cấp thất nghiệp | Phòng Lao động - Thương binh và Xã hội | 2023-12-31 | 2023-11-20 |
Đăng ký thuế lần đầu với hộ kinh doanh | Chi cục Thuế khu vực | 2023-09-30 | 2023-09-18 |
Cấp điện mới từ lưới điện hạ áp | Điện lực huyện | 2022-12-31 | 2022-11-28 |
Thay đổi chủ thể hợp đồng mua bán điện | Điện lực huyện | 2022-12-31 | 2022-11-28 |
Cấp đổi giấy phép lái xe | Phòng Kinh tế và Hạ tầng | 2024-09-30 | 2024-10-14 |
Cấp giấy phép xây dựng nhà ở riêng lẻ | Phòng Kinh tế và Hạ tầng | 2024-11-30 | | Thiếu bản vẽ số của khu dân cư cũ
Đăng ký biến động quyền sử dụng đất | Chi nhánh Văn phòng Đăng ký đất đai | 2025-06-30 | | Cơ sở dữ liệu đất đai chưa hoàn thành
Đăng ký thi tốt nghiệp và xét tuyển | | | | Chưa rõ cơ quan chủ trì ở cấp huyện
"""
ESSENTIAL_COLUMNS = ("unit_code", "name", "owner", "due_on", "deployed_on", "obstacle", "simulated")


def essential_rows(district: str) -> list[tuple]:
    """The essential services of the district."""
    entries = ([part.strip() for part in line.split("|")] for line in ESSENTIAL_SERVICES.strip().splitlines())
    return [(district, *entry, "true") for entry in entries]


TEAM_COLUMNS = ("unit_code", "village", "members", "trained", "trained_on", "reported_on", "simulated")


def team_rows(known: Known) -> list[tuple]:
    """The teams of each village; as many members, trained and not, as indicator S13 says; two communes have not told."""
    luck, rows = known.random("team"), []
    silent = set(luck.choice(known.communes["unit_code"], 2, replace=False))
    for unit, area in zip(known.communes["unit_code"], known.communes["area_type"], strict=True):
        if unit in silent:
            continue
        villages = int(known.newest.get((unit, "S03"), (0, 5))[1])
        trained, people = known.newest.get((unit, "S13"), (10, 25))
        people = max(int(people), 2 * villages)
        members = 2 + luck.multinomial(people - 2 * villages, np.full(villages, 1 / villages))
        told = f"2024-12-{luck.integers(2, 21):02d}"
        word = "Khu phố" if area == "urban" else "Thôn"
        left = int(trained)
        learned = np.zeros(villages, dtype=int)
        for village in luck.permutation(villages):  # a course takes whole teams, as long as there is room
            learned[village] = min(left, members[village])
            left -= learned[village]
        for number, (many, taught) in enumerate(zip(members, learned, strict=True), start=1):
            held = f"2024-{luck.integers(4, 9):02d}-{luck.integers(1, 28):02d}" if taught else None
            unknown = taught == 0 and luck.random() < 0.12
            rows.append((unit, f"{word} {number}", int(many), None if unknown else int(taught), held, told, "true"))
    return rows


GOODS = ("Thanh long ruột đỏ", "Thanh long sấy dẻo", "Nước ép thanh long", "Gạo thơm", "Mật ong rừng", "Cà phê rang xay", "Sầu riêng", "Nấm bào ngư",
         "Bưởi da xanh", "Hạt điều rang", "Trà hoa thanh long", "Bánh tráng", "Mít sấy", "Rau an toàn", "Dầu lạc", "Măng khô")  # fmt: skip
PLATFORMS = ("Postmart", "Shopee", "TikTok Shop", "Sàn của tỉnh")
PRODUCT_COLUMNS = ("unit_code", "name", "platform", "ocop_stars", "listed_on", "ended_on", "orders", "simulated")


def product_rows(known: Known) -> list[tuple]:
    """As many products of each commune as indicator S08 says, each on one platform or two; two communes have not told."""
    luck, rows = known.random("product"), []
    selling = [unit for unit in known.communes["unit_code"] if known.newest.get((unit, "S08"), (0, None))[0]]
    silent = set(luck.choice(selling, 2, replace=False))
    for unit in selling:
        if unit in silent:
            continue
        for name in luck.permutation(GOODS)[: int(known.newest[unit, "S08"][0])]:
            stars = int(luck.choice([3, 4])) if luck.random() < 0.5 else None
            for platform in luck.permutation(PLATFORMS)[: 1 + int(luck.random() < 0.35)]:
                listed = f"2023-{luck.integers(1, 13):02d}-{luck.integers(1, 28):02d}"
                orders = None if luck.random() < 0.12 else int(luck.negative_binomial(0.6, 0.012))
                rows.append((unit, str(name), str(platform), stars, listed, None, orders, "true"))
    return rows
