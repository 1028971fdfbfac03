-- Những hồ sơ có phiếu đã cấp: hệ thống một cửa đã ghi ngày ban hành chưa, hồ sơ xong chưa.
-- returns: dossier_code, apology_on, ended_on
SELECT dossier_code, apology_on, ended_on
FROM dossier
WHERE list_contains(string_split($codes, ','), dossier_code)
ORDER BY dossier_code
