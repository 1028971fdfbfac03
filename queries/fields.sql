-- Các lĩnh vực có hồ sơ.
-- returns: field_code, name
SELECT field_code, short_name AS name FROM field WHERE field_code IN (SELECT field_code FROM service_period) ORDER BY is_land DESC, name
