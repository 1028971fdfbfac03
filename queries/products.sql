-- Sản phẩm đang bán trên sàn thương mại điện tử khi hết kỳ: chưa có đơn trước, rồi chưa rõ số đơn, rồi ít đơn trước.
-- returns: product_name, platform, unit_name, ocop_stars, listed_on, orders
SELECT product.name AS product_name, platform, unit.full_name AS unit_name, ocop_stars, listed_on, orders
FROM product_on(CAST($judged_on AS DATE)) AS product
JOIN members_of($unit) USING (unit_code)
JOIN current_unit AS unit USING (unit_code)
ORDER BY CASE WHEN orders = 0 THEN 0 WHEN orders IS NULL THEN 1 ELSE 2 END, orders, name_order, product_name, platform
