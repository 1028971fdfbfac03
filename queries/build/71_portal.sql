-- Points of QĐ 766 as the national portal gives them. The portal's six groups: that of online services of the index is two
-- of them. Their most points are those of their components.
CREATE MACRO portal_group_of(own_group, criterion) AS coalesce(own_group, criterion);
CREATE MACRO portal_group_title(portal_group) AS CASE portal_group
    WHEN 'publicity' THEN 'Công khai, minh bạch' WHEN 'progress' THEN 'Tiến độ giải quyết'
    WHEN 'online' THEN 'Dịch vụ công trực tuyến' WHEN 'digitisation' THEN 'Số hóa hồ sơ'
    WHEN 'payment' THEN 'Thanh toán trực tuyến' WHEN 'satisfaction' THEN 'Mức độ hài lòng' ELSE 'Tổng điểm' END;
CREATE TABLE portal_group AS
SELECT portal_group_of(component.portal_group, component.criterion_code) AS portal_group, exact_sum(component.maximum) AS maximum,
    min(criterion.sort) AS sort, min(component_code) AS first_component
FROM component
JOIN criterion ON criterion.index_code = component.index_code AND criterion.criterion_code = component.criterion_code
WHERE component.index_code = 'service'
GROUP BY portal_group_of(component.portal_group, component.criterion_code)
ORDER BY portal_group;

-- One row per unit, period and group, and one for the total. A total that its six groups contradict (they may be of a later
-- day) gives way to their sum; without a total, six groups make one, fewer do not.
CREATE TABLE portal_score AS
WITH named AS (
    SELECT coalesce(renamed_unit.unit_code, given.unit_code) AS unit_code, period, portal_group, points, maximum, rank, ranked_units,
        captured_on, coalesce(provisional, captured_on < month_begin(last_month_of(period) + 1), false) AS is_provisional
    FROM merged_portal_score AS given
    LEFT JOIN renamed_unit ON renamed_unit.own_code = given.unit_code
        AND month_begin(last_month_of(period)) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
),
summed AS (
    SELECT unit_code, period,
        max(CASE WHEN portal_group = 'total' THEN points END) AS told,
        max(CASE WHEN portal_group = 'total' THEN maximum END) AS told_maximum,
        max(CASE WHEN portal_group = 'total' THEN rank END) AS rank,
        max(CASE WHEN portal_group = 'total' THEN ranked_units END) AS ranked_units,
        exact_sum(CASE WHEN portal_group <> 'total' THEN points END) AS points,
        count(CASE WHEN portal_group <> 'total' THEN points END) AS groups,
        max(captured_on) AS captured_on,
        max(CASE WHEN is_provisional THEN 1 ELSE 0 END) = 1 AS is_provisional
    FROM named
    GROUP BY unit_code, period
),
whole AS (SELECT exact_sum(maximum) AS maximum, count(*) AS groups FROM portal_group),
-- Published with two decimals, each group may be off by one hundredth.
total AS (
    SELECT summed.unit_code, period, summed.groups,
        told IS NOT NULL AND (summed.groups < whole.groups OR abs(told - points) <= 0.01e0 * whole.groups + 1e-9) AS is_told,
        CASE WHEN told IS NOT NULL AND (summed.groups < whole.groups OR abs(told - points) <= 0.01e0 * whole.groups + 1e-9) THEN told
            WHEN summed.groups = whole.groups THEN points END AS points,
        coalesce(told_maximum, whole.maximum) AS maximum, rank, ranked_units, captured_on, is_provisional
    FROM summed
    CROSS JOIN whole
)
SELECT named.unit_code, named.period, named.portal_group, named.points, coalesce(named.maximum, portal_group.maximum) AS maximum, named.rank,
    named.ranked_units, named.captured_on, named.is_provisional, NULL AS known_groups
FROM named
LEFT JOIN portal_group ON portal_group.portal_group = named.portal_group
WHERE named.portal_group <> 'total'
UNION ALL
SELECT unit_code, period, 'total', points, maximum, CASE WHEN is_told THEN rank END, CASE WHEN is_told THEN ranked_units END, captured_on,
    is_provisional, groups
FROM total
ORDER BY unit_code, period, portal_group;
