-- Sắp trễ: thử lại 26 tuần qua, khả năng nêu ra có đúng và có hơn xếp theo số ngày còn lại không; không thì danh sách tự ẩn.
-- returns: verdict, months, trial_days, dossiers, late, auc, auc_days, brier, brier_share, first_late, first_late_days, worst_miss
SELECT verdict, months, trial_days, CAST(dossiers AS BIGINT) AS dossiers, CAST(late AS BIGINT) AS late, auc, auc_days, brier, brier_share,
    first_late, first_late_days, worst_miss
FROM late_risk_trial JOIN rule USING (home_code)
