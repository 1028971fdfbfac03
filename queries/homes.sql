-- Các phạm vi có thể xem: tỉnh trước, rồi các huyện, thị xã, thành phố.
-- returns: home_code, schema_name, kind, name, full_name, parent_code
SELECT home_code, schema_name, kind, name, full_name, parent_code
FROM home
ORDER BY kind <> 'province', icu_sort_key(name, 'vi'), home_code
