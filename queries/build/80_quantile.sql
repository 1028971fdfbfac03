-- A quantile from the values at the two ranks around its place among all.
CREATE MACRO between_ranks(lower_value, upper_value, place) AS lower_value + (upper_value - lower_value) * (place - floor(place));
