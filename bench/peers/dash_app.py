"""A plain Dash page as in its tutorial: one callback, pandas, plotly.express.

SNAPSHOT=… PORT=8050 python dash_app.py
"""

import os

import duckdb
import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, callback, dcc, html
from waitress import serve

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

KINDS = {"M": "Tháng", "Q": "Quý", "Y": "Năm"}


def periods(kind):
    found = df["received_on"].dropna().dt.to_period(kind)
    return [str(period) for period in sorted(found.unique(), reverse=True)]


app = Dash(__name__)
server = app.server
app.layout = html.Div(
    [
        html.H1("Hồ sơ thủ tục hành chính"),
        html.Label("Loại kỳ"),
        dcc.Dropdown(KINDS, "Q", id="kind", clearable=False, searchable=False),
        html.Label("Kỳ"),
        dcc.Dropdown(id="period", clearable=False, searchable=False),
        html.Div(
            [dcc.Graph(id=name) for name in ("on-time", "unit-late", "online", "flow", "field-late", "status")],
            style={"display": "grid", "gridTemplateColumns": "1fr 1fr"},
        ),
    ]
)


@callback(Output("period", "options"), Output("period", "value"), Input("kind", "value"))
def offer(kind):
    options = periods(kind)
    return options, options[0]


@callback(
    Output("on-time", "figure"),
    Output("unit-late", "figure"),
    Output("online", "figure"),
    Output("flow", "figure"),
    Output("field-late", "figure"),
    Output("status", "figure"),
    Input("period", "value"),
    prevent_initial_call=True,
)
def draw(code):
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
    return (
        px.line(on_time, x="ended_month", y="on_time", markers=True, title=f"Đúng hạn theo tháng đến {code} (%)"),
        px.bar(units, x="late", y="unit", orientation="h", title=f"Trễ hạn theo đơn vị, {code}"),
        px.line(online, x="received_month", y="online", markers=True, title=f"Nộp trực tuyến đến {code} (%)"),
        px.bar(flow, x="month", y="dossiers", color="what", barmode="group", title=f"Tiếp nhận, giải quyết đến {code}"),
        px.bar(fields, x="late", y="field", orientation="h", title=f"Trễ hạn theo lĩnh vực, {code}"),
        px.bar(status, x="unit", y="dossiers", color="status", title=f"Tình trạng hồ sơ các đơn vị, {code}"),
    )


if __name__ == "__main__":
    serve(server, host="127.0.0.1", port=int(os.environ["PORT"]))
