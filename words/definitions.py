"""The definition of every figure in Markdown: formula, source, and whether it is confirmed."""

from __future__ import annotations

import pandas as pd

import queries
from words import vietnamese
from words.columns import written
from words.escape import plain
from words.sentences import UNCONFIRMED

# Indicators that compare an end with a due date.
_TIMED = ("T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T12", "T23")
_DEFINITIONS = {
    "score": "**Điểm tổng hợp** = tổng điểm các chỉ tiêu có số liệu / tổng trọng số của chúng × 100. Chỉ tiêu càng cao "
    "càng tốt: trọng số × min(giá trị / mục tiêu, 1); càng thấp càng tốt: trọng số × max(0, 1 − giá trị / giới hạn). "
    "Thiếu số liệu thì không tính là 0 mà chia lại trọng số; chỉ xếp hạng khi đủ số liệu từ {coverage}/100 trọng số.  \n"
    ":orange-badge[Chưa xác nhận: trọng số và ngưỡng là đề xuất]",
    "grid": "Mỗi ô là giá trị của chỉ tiêu trong kỳ, dấu và màu cho biết so với mục tiêu. Bấm một ô để mở {member}. "
    "Cách tính từng chỉ tiêu ở trang của {member} và khi chọn chỉ tiêu.  \n"
    ":orange-badge[Chưa xác nhận: một số mục tiêu là đề xuất]",
    "filing": "Mỗi ô là một tháng dương lịch của một đơn vị. **Hồ sơ**: bao nhiêu ngày của tháng nằm trong khoảng ngày mà các tệp "
    "nói tới. **Bước xử lý hồ sơ đất đai**: bao nhiêu hồ sơ đất đai ba cấp nhận trong tháng có bước xử lý. **Giá trị chỉ tiêu**: "
    "bao nhiêu chỉ tiêu có giá trị còn dùng được cho tháng, so với đơn vị cùng loại gửi nhiều nhất trong 12 tháng. **Biểu II.06**: "
    "có biểu của kỳ gồm tháng đó. **Mô hình, nhiệm vụ**: việc đang làm trong tháng; không ai phải gửi theo tháng. “–” là chưa có "
    "số liệu, không phải bằng 0.",
    "arrival": "Một **nguồn** là một thư mục được theo dõi, một mã truy cập của chương trình khác, hoặc một bảng của các đơn vị được nạp bằng "
    "tay trên trang. **Chờ lần tới**: lần gần nhất + số ngày đã hẹn của nguồn; không hẹn thì + trung vị của tám khoảng cách gần nhất, từ bốn "
    "ngày có gửi trở lên. **Quá hạn**: qua ngày đã hẹn; không hẹn thì đã lâu hơn mọi khoảng cách trong tám lần gần nhất. Nguồn chưa "
    "gửi lần nào không phải là quá hạn; đơn vị đã sắp xếp, thư mục thôi theo dõi thì không chờ nữa. Lần nạp đã rút không kể.",
    "late": "Hồ sơ trễ = đã giải quyết sau ngày hẹn + đang giải quyết mà đã quá ngày hẹn tính đến hết kỳ; tỷ lệ tính trên "
    "tổng số phải giải quyết (tồn đầu kỳ + tiếp nhận).  \n{time} Không có ngày hẹn thì xét theo thời hạn quy định.  \nNguồn: biểu II.06 TT 01/2020/TT-VPCP; thuật toán đúng hạn của "
    "QĐ 766/QĐ-TTg, chỉ số 2.1.",
    "time": "Số ngày làm việc từ tiếp nhận đến kết thúc, trừ thời gian người dân bổ sung, so với thời hạn giải quyết của thủ "
    "tục. Chỉ tính hồ sơ đã giải quyết trong kỳ.  \nNguồn: thời hạn trong danh mục thủ tục; ngày nghỉ trong bảng ngày nghỉ.",
    "cause": "Nguyên nhân do cán bộ ghi cho từng hồ sơ trễ (mã N1 đến N9); chủ quan là do cơ quan, khách quan là do ngoài "
    "cơ quan.  \n:orange-badge[Chưa xác nhận: danh mục nguyên nhân là đề xuất]",
    "land": "Hồ sơ của thủ tục liên thông ba cấp: xã → huyện → Văn phòng Đăng ký đất đai tỉnh. Bước trễ là bước xong sau hạn "
    "của bước, hoặc chưa xong mà đã quá hạn đến hết kỳ; ngày là ngày làm việc.  \n{time}  \n"
    ":orange-badge[Chưa xác nhận: hạn từng bước lấy từ hệ thống một cửa]",
    "discipline": "Phần trăm tính trên danh sách gốc ghi ở tiêu đề. Thư xin lỗi phải ban hành trước ngày hẹn ít nhất một ngày "
    "làm việc.  \n{time}  \n:orange-badge[Chưa xác nhận: thời điểm thư xin lỗi theo quy định của tỉnh khác]",
    "streak": "Đếm ngược từ kỳ đang chọn, qua các kỳ cùng loại (tháng, quý, nửa năm, năm; lũy kế thì theo tháng), đến kỳ đầu tiên mà cán bộ có ít hồ sơ "
    "trễ chưa ghi nguyên nhân hơn ngưỡng hoặc đơn vị chưa gửi số liệu; từ hai kỳ liền mới kể. Hồ sơ còn mở mà quá hạn được tính ở mọi kỳ nó "
    "còn quá hạn. Nhiều kỳ liền xếp trước; số hồ sơ là của kỳ đang chọn. Mã cán bộ chỉ hiện với người được xem mã.  \n{time}",
    "satisfaction": "Hồ sơ đã giải quyết trong kỳ mà người dân đánh giá: hài lòng và rất hài lòng / số có đánh giá; mọi lĩnh vực, mọi kênh. Xếp theo tỷ lệ kéo về "
    "mức chung: (phiếu hài lòng + {few} × tỷ lệ chung) / (số phiếu + {few}), nên đơn vị ít phiếu không đứng đầu hay cuối chỉ vì vài phiếu; dưới {few} phiếu "
    "ghi “ít phiếu”. Thấp xếp trước. Chỉ tiêu T25.  \n:orange-badge[Chưa xác nhận: mục tiêu chưa giao]",
    "online": "Hồ sơ nộp trực tuyến / hồ sơ tiếp nhận trong kỳ.  \nNguồn: QĐ 766/QĐ-TTg, chỉ số 3.3.",
    "simulated": "**Điểm ước tính**, không phải điểm chính thức. Mỗi chỉ số thành phần: điểm tối đa × min(giá trị / mức đủ điểm, 1). "
    "Thiếu số liệu thì không tính là 0: bỏ điểm tối đa của nó khỏi mẫu số và ghi độ phủ; chỉ xếp hạng khi đủ số liệu từ {coverage}/100 "
    "điểm.  \n:orange-badge[Chưa xác nhận: điểm thành phần, mức đủ điểm và ngưỡng xếp loại]",
    "portal": "**Cổng công bố** là điểm trên Cổng Dịch vụ công quốc gia, nạp từ tệp kết xuất; có thì luôn được nêu trước và dùng trong tài liệu. "
    "**Tính từ hồ sơ** theo công thức đã công bố, trên số liệu ở đây, chỉ để biết vì sao. **Chênh** = Cổng − tính từ hồ sơ, chỉ khi nhóm có đủ chỉ số thành phần. "
    "Thiếu một nhóm thì không có tổng. Kỳ chưa hết khi lấy số là **tạm tính**. Hạng là hạng của Cổng hoặc của tệp, trong các đơn vị cùng cấp.  \n"
    ":orange-badge[Chưa xác nhận: ngưỡng xếp loại; Cổng không công bố]",
    "equipment": "Do từng Bộ phận Một cửa kê, lần kê mới nhất, không theo kỳ đang chọn. **Còn thiếu** = số phải có − số dùng được; "
    "**cần chừng** = số còn thiếu × đơn giá dự kiến, loại chưa có giá không cộng vào. Loại không còn cái nào dùng được xếp trước, rồi "
    "thiếu nhiều xếp trước. Nơi chưa kê là chưa biết, không phải không thiếu. Chỉ tiêu S16 là tỷ lệ dùng được do đơn vị báo cáo.  \n"
    ":orange-badge[Chưa xác nhận: danh mục thiết bị phải có là đề xuất]",
    "undone": "Theo bảng kê dịch vụ công thiết yếu của Đề án 06: đã triển khai là có ngày triển khai không sau ngày cuối kỳ; chưa triển khai mà hạn đã "
    "qua là quá hạn. Quá hạn xếp trước, rồi chưa có hạn, rồi hạn gần. Chỉ tiêu X01 là số huyện báo cáo hằng năm.",
    "teams": "Do từng xã kê, lần kê mới nhất, không theo kỳ đang chọn; bảng chỉ gồm tổ chưa tập huấn đủ. Tổ chưa ai tập huấn xếp trước, rồi tổ không ghi "
    "số đã tập huấn (chưa rõ, không phải 0), rồi tổ còn nhiều người chưa tập huấn. Xã chưa kê là chưa biết. Chỉ tiêu S03, S13 là số do xã báo cáo.",
    "products": "Do từng xã kê; bảng gồm sản phẩm đang bán vào ngày cuối kỳ, mỗi sản phẩm trên một sàn là một gian hàng. Chưa có đơn nào trong 12 tháng xếp "
    "trước, rồi chưa rõ số đơn, rồi ít đơn trước. Xã không kê gì mà chỉ tiêu S08 mới nhất bằng 0 là không có sản phẩm; còn lại là chưa kê.",
    "cuts": "Kiến nghị cắt giảm có ghi số ngày hoặc chi phí bớt mỗi hồ sơ. **Bớt trong kỳ** = số bớt mỗi hồ sơ × hồ sơ của thủ tục nhận trong kỳ: đã được "
    "chấp thuận thì chỉ tính các tháng trọn sau ngày chấp thuận; đang chờ thì tính cả kỳ, là phần sẽ bớt nếu đã áp dụng. Không ghi thủ tục hoặc "
    "ngày chấp thuận thì chưa biết. Quá hạn, đang chờ xếp trước, bớt nhiều xếp trước.  \n"
    ":orange-badge[Chưa xác nhận: số ngày, chi phí bớt do cơ quan kiến nghị tự ước]",
    "reported": "Số của từng xã trong kỳ, do xã báo cáo; **Đã có**, **Phải có** là số tháng đã báo cáo và đã hết của kỳ, thiếu tháng thì số là của các tháng "
    "đã có. Xã chưa gửi không có trong bảng, được nêu tên ở câu trên, không tính là 0. Xếp theo chỗ cần làm trước: ít lượt tiếp cận theo dân số, còn "
    "trống nhiều vị trí, ít lượt khám bằng căn cước.",
    "pilot": "Thay đổi của đơn vị thí điểm từ tháng trước khi bắt đầu đến tháng trọn cuối cùng của kỳ, so với các {member} không thí điểm "
    "cùng chỉ tiêu (tỷ lệ: cộng tử số, cộng mẫu số rồi chia; số đếm, điểm: trung bình). Nhanh hơn không có nghĩa là do thí điểm.",
    "process": "**Mức thường** là trung bình 12 tháng gốc (12 tháng đầu có số liệu); **giới hạn** là ba độ lệch chuẩn quanh mức thường: "
    "tỷ lệ theo biểu đồ p′ của Laney (số hồ sơ càng ít, giới hạn càng rộng), số khác theo XmR (2,66 × chênh lệch trung bình giữa hai tháng "
    "liền nhau). Tháng **khác thật** khi theo một trong bốn quy tắc: ra ngoài giới hạn; hai trong ba tháng ở một phần ba ngoài; sáu tháng "
    "liền tăng hoặc giảm; bảy tháng liền cùng một phía. Chỉ đổi gốc sau khi 12 tháng liền cùng một phía: 12 tháng ấy là gốc mới. Tháng chưa "
    "biết, chưa hết thì bỏ qua; mẫu số dưới {few} thì một tháng không đủ kết luận; chưa đủ 12 tháng thì chưa nói. Sự kiện được ghi là “tính lại mức thường” thì các tháng từ sau đó đếm lại từ đầu. **Khả năng đạt**: "
    "mục tiêu nằm ngoài giới hạn thì luôn đạt hoặc không đạt với cách làm hiện nay.",
    "attention": "**Xấu đi thật**: tháng cuối của kỳ khác mức thường theo một trong bốn quy tắc và may rủi gây ra điều đó với xác suất dưới "
    "{signal_level} %; đơn vị chưa đủ 12 tháng thì so hai kỳ bằng kiểm định chính xác (Fisher), hiệu chỉnh Benjamini–Hochberg mức "
    "{change_level} % trên mọi số được so. Mỗi đơn vị một dòng. **Mất nhiều điểm**: chỉ tiêu của {level} mất nhiều trọng số nhất, và đơn vị "
    "thấp nhất có đủ số.  \n:orange-badge[Chưa xác nhận: hai mức là đề xuất]",
    "goal": "**Cuối năm, nếu cứ thế**: số từ đầu năm cộng phần còn lại; phần còn lại = khối lượng còn đến cuối năm (theo tỷ trọng các tháng ấy "
    "của năm trước, chưa có thì chia đều) × tỷ lệ của ba tháng gần nhất. Số tại thời điểm: giá trị nay cộng đà ba tháng, mỗi tháng giảm 20 %; "
    "tồn cuối kỳ giữ như nay. **Cần mỗi tháng**: tỷ lệ của phần còn lại để cả năm đạt mục tiêu. **Khoảng 8 trên 10 lần**: thử lại từ từng tháng "
    "của các năm đã biết ở đơn vị cùng loại, lấy sai số giữa 10 % và 90 %; dưới 10 lần thử thì không nêu khoảng. Bảng ghi số lần thử, tỷ lệ "
    "trúng trước và sau hiệu chỉnh.",
    "late_risk": "**Khả năng trễ**: trong các hồ sơ giống như thế đã xong của 12 tháng có số liệu, bao nhiêu phần đã trễ. Giống: cùng số ngày làm việc còn "
    "lại → cùng lĩnh vực → đất đai thì cùng bước → cùng thủ tục; đơn vị kéo lên hay xuống như nó kéo lĩnh vực ấy. Nhóm ít hồ sơ được kéo về nhóm rộng hơn "
    "(nặng bằng 20 hồ sơ). Rồi chỉnh theo quý mới nhất: lấy những gì học được trước quý ấy đối chiếu với quý ấy (hồi quy logistic). **Sắp trễ**: khả năng từ {risk_level} %. Không tính hồ sơ chờ người dân bổ sung, đơn vị "
    "không gửi số liệu quá một tuần. **Thử lại** mỗi lần dựng, từ 26 thứ Sáu gần nhất, chỉ học từ những tháng đã khép khi ấy: lệch thực tế quá 10 điểm ở nhóm đủ 100 hồ sơ hoặc ở những hồ sơ khả năng cao nhất, "
    "hoặc không hơn số ngày còn lại (AUC hơn ít nhất 0,02), thì danh sách tự ẩn.  \n:orange-badge[Chưa xác nhận: mức {risk_level} % là đề xuất]",
    "apology": "Hồ sơ **đang giải quyết** ở ngày số liệu mới nhất, không chờ người dân bổ sung, hệ thống một cửa chưa ghi thư xin lỗi: đã quá hạn; "
    "hoặc còn không quá số ngày làm việc phải báo trước (bảng Tham số), trong đó **dễ trễ** là khả năng trễ từ {risk_level} %. Đã hẹn lại một lần thì không được "
    "hẹn lần thứ hai (NĐ 61/2018/NĐ-CP). Ngày hẹn mới tính từ ngày ban hành, hoặc từ ngày hẹn cũ nếu chưa đến. Hồ sơ đã xong mà thiếu thư thì "
    "ở danh sách “Trễ hạn chưa có thư xin lỗi”.  \n:orange-badge[Chưa xác nhận: số ngày báo trước theo quy định của tỉnh khác]",
    "rank_range": "1.000 lần thử, mỗi lần đổi từng tỷ lệ trong mức may rủi của số hồ sơ (nhân độ biến động giữa các tháng), rồi xếp hạng lại; "
    "thanh là hạng trong 90 % số lần thử ở giữa. Số đếm, điểm nhập giữ nguyên. **Ngang nhau**: kém đơn vị đầu nhóm không quá 1,645 độ lệch "
    "chuẩn của hiệu. Hạt giống cố định nên lần nào mở cũng ra cùng kết quả.",
    "funnel": "Mỗi điểm là một đơn vị; giới hạn 95 % (dải) và 99,8 % (đường) quanh tỷ lệ chung = tổng tử số / tổng mẫu số, nới theo độ "
    "phân tán giữa các đơn vị (Spiegelhalter 2005, cắt 10 % mỗi đầu). Ngoài 99,8 % là khác bình quân thật; mẫu số dưới {few} thì không kết luận.",
    "lost": "Điểm của đơn vị cao nhất ở từng tiêu chí trừ điểm của huyện, xếp từ chỗ mất nhiều nhất.  \n"
    ":orange-badge[Chưa xác nhận: khung tiêu chí là đề xuất]",
    "lead": "Điểm của huyện trừ điểm của đối thủ gần nhất ở từng tiêu chí; âm là đang kém.  \n"
    ":orange-badge[Chưa xác nhận: khung tiêu chí là đề xuất]",
    "sensitivity": "1.000 lần thử, mỗi lần đổi ngẫu nhiên trọng số của từng tiêu chí trong khoảng đã chọn rồi xếp hạng lại; thanh là "
    "hạng trong 90 % số lần thử ở giữa. Hạt giống cố định nên lần nào mở cũng ra cùng kết quả.  \n"
    ":orange-badge[Chưa xác nhận: trọng số gốc là đề xuất]",
    "scenario": "Điểm tính lại với giá trị giả định; mỗi chỉ tiêu thay đổi riêng, không kéo theo chỉ tiêu khác. Số của {level} đi theo các "
    "{member} theo phần mẫu số của {member}; chỉ tiêu nhập thẳng cho {level} thì giữ nguyên. Đây là **giả định**, không phải số liệu.  \n"
    ":orange-badge[Chưa xác nhận: trọng số, mức đủ điểm và công sức là đề xuất]",
    "effort": "Công sức = trọng số công sức của chỉ tiêu × 10 × phần còn thiếu đến mức đủ điểm, cộng trên mọi {member} được chọn; bộ giải "
    "HiGHS tìm tổ hợp ít công sức nhất đạt số điểm cần.  \n:orange-badge[Chưa xác nhận: trọng số công sức là đề xuất]",
    "compare": "Giá trị của từng chỉ tiêu trong kỳ; dấu và màu cho biết so với mục tiêu.  \n"
    ":orange-badge[Chưa xác nhận: một số mục tiêu là đề xuất]",
    "index": "Điểm = điểm thẩm định / điểm tối đa × 100. Xếp loại đã công bố luôn được dùng thay cho xếp loại tính từ "
    "điểm.  \n:orange-badge[Chưa xác nhận: khung tiêu chí và ngưỡng xếp loại là đề xuất]",
}


def definition_of_points(parts: pd.DataFrame) -> str:
    """How points are given, component by component, and by what; parts: the answer of question components, written."""
    rules = "\n".join(f"- {plain(row.title)}: {plain(row.points_rule)}" for row in parts.itertuples())
    sources = "; ".join(plain(source) for source in dict.fromkeys(parts["source"]))
    return f"{definition('simulated')}\n\n{rules}\n\nNguồn: {sources}."


def _over_time(row) -> str:
    """How a reported value of a longer period is made."""
    if row["kind"] != "reported":
        return ""
    if row["over_time"] == "flow":
        return "  \nSố phát sinh: kỳ dài cộng tử số và mẫu số các tháng, lũy kế thì trừ; thiếu tháng thì chưa đánh giá."
    return "  \nSố tại thời điểm: kỳ dài lấy giá trị cuối."


def _base(code: str) -> str:
    """Of which dossiers a share of online filing is taken."""
    home = queries.load("freshness").iloc[0]
    if code == "T14":
        chosen = "hồ sơ của thủ tục có dịch vụ công trực tuyến" if home["online_of_offered"] else "mọi hồ sơ tiếp nhận"
    elif code == "T15":
        chosen = "hồ sơ của thủ tục toàn trình" if home["full_of_offered"] else "mọi hồ sơ tiếp nhận"
    else:
        return ""
    return f"  \nMẫu số đang dùng: {chosen}."


def definition(code: str) -> str:
    """The definition of an indicator (by code) or of a kind of chart, in Markdown."""
    if code in _DEFINITIONS:
        home = written(queries.load("freshness")).iloc[0]
        words = {"level": home["level_word"], "member": home["member_word"], "time": home["time_rule_text"]}
        words["coverage"] = vietnamese.limit(home["coverage_minimum"])
        words["few"] = vietnamese.limit(home["low_volume"])
        words |= {name: vietnamese.limit(home[name]) for name in ("signal_level", "change_level", "risk_level")}
        return _DEFINITIONS[code].format(**words)
    row = queries.load("indicators").set_index("indicator_code").loc[code]
    doubt = UNCONFIRMED.get(row["status"])
    timed = written(queries.load("freshness"))["time_rule_text"].iloc[0] if code in _TIMED else ""
    return (
        f"**{plain(row['name'])}** ({plain(row['measure'])}). {plain(row['formula'])}"
        + (f"  \n{timed}" if timed else _over_time(row) or _base(code))
        + f"  \nNguồn: {plain(row['source'])}."
        f"  \nTrọng số {vietnamese.limit(row['weight'])}/100 (đề xuất)."
        + (f"  \n:orange-badge[Chưa xác nhận: {doubt}]" if doubt else "")
        + (f"  \n{definition('process')}" if row["is_monthly"] else "")
    )
