"""A plain Streamlit page as in its tutorial: a cached loader, selectboxes, plotly.express.

SNAPSHOT=… streamlit run streamlit_app.py
"""

import os

import duckdb
import pandas as pd
import plotly.express as px
import streamlit as st

st.set_page_config(page_title="Hồ sơ", layout="wide")
KINDS = {"M": "Tháng", "Q": "Quý", "Y": "Năm"}


@st.cache_data
def load():
    with duckdb.connect(os.environ["SNAPSHOT"], read_only=True) as connection:
        df = connection.sql(
            """SELECT unit.name AS unit, field.short_name AS field, channel, received_on, due_on, ended_on
            FROM dossier
            JOIN current_unit AS unit USING (unit_code)
            JOIN field USING (field_code)
            WHERE is_accepted"""
        ).df()
    for column in ("received_on", "due_on", "ended_on"):
        df[column] = pd.to_datetime(df[column])
    df["received_month"] = df["received_on"].dt.strftime("%Y-%m")
    df["ended_month"] = df["ended_on"].dt.strftime("%Y-%m")
    as_of = df["ended_on"].max()
    df["late"] = df["ended_on"].fillna(as_of) > df["due_on"]
    df["status"] = "Đang giải quyết"
    df.loc[df["ended_on"].notna(), "status"] = "Đúng hạn"
    df.loc[df["late"], "status"] = "Trễ hạn"
    return df


df = load()
st.title("Hồ sơ thủ tục hành chính")
kind = st.selectbox("Loại kỳ", list(KINDS), index=1, format_func=KINDS.get)
offered = sorted(df["received_on"].dropna().dt.to_period(kind).unique(), reverse=True)
code = st.selectbox("Kỳ", [str(period) for period in offered])

period = pd.Period(code)
start, end = period.start_time, period.end_time
handled = df[(df["received_on"] <= end) & (df["ended_on"].isna() | (df["ended_on"] >= start))]
last_month = end.strftime("%Y-%m")
first_month = (end - pd.DateOffset(months=11)).strftime("%Y-%m")
ended = df[df["ended_month"].between(first_month, last_month)]
received = df[df["received_month"].between(first_month, last_month)]

on_time = ended.groupby("ended_month")["late"].mean().mul(-100).add(100).reset_index(name="on_time")
online = received.groupby("received_month")["channel"].agg(lambda c: (c == "online").mean() * 100)
online = online.reset_index(name="online")
flow = pd.DataFrame(
    {"Tiếp nhận": received.groupby("received_month").size(), "Đã giải quyết": ended.groupby("ended_month").size()}
)
flow = flow.rename_axis("month").reset_index().melt("month", var_name="what", value_name="dossiers")
late = handled[handled["late"]]
units = late.groupby("unit").size().sort_values().reset_index(name="late")
fields = late.groupby("field").size().sort_values().tail(12).reset_index(name="late")
status = handled.groupby(["unit", "status"]).size().reset_index(name="dossiers")

left, right = st.columns(2)
left.plotly_chart(
    px.line(on_time, x="ended_month", y="on_time", markers=True, title=f"Đúng hạn theo tháng đến {code} (%)")
)
right.plotly_chart(px.bar(units, x="late", y="unit", orientation="h", title=f"Trễ hạn theo đơn vị, {code}"))
left.plotly_chart(px.line(online, x="received_month", y="online", markers=True, title=f"Nộp trực tuyến đến {code} (%)"))
right.plotly_chart(
    px.bar(flow, x="month", y="dossiers", color="what", barmode="group", title=f"Tiếp nhận, giải quyết đến {code}")
)
left.plotly_chart(px.bar(fields, x="late", y="field", orientation="h", title=f"Trễ hạn theo lĩnh vực, {code}"))
right.plotly_chart(px.bar(status, x="unit", y="dossiers", color="status", title=f"Tình trạng hồ sơ các đơn vị, {code}"))
