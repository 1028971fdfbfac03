-- Linear interpolation of a quantile between the values at the two neighbouring ranks.
CREATE MACRO between_ranks(lower_value, upper_value, place) AS lower_value + (upper_value - lower_value) * (place - floor(place));
