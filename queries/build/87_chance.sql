-- What chance alone explains. Macros on counts and numbers, without tables.

-- The share of a bell curve further from its centre than z, on both sides together: erfc(|z| / sqrt 2) by the fit of Press
-- et al., Numerical Recipes, 6.2 (relative error below 1.2e-7).
CREATE MACRO error_tail(x, t) AS t * exp(-x * x - 1.26551223e0 + t * (1.00002368e0 + t * (0.37409196e0 + t * (0.09678418e0
    + t * (-0.18628806e0 + t * (0.27886807e0 + t * (-1.13520398e0 + t * (1.48851587e0 + t * (-0.82215223e0 + t * 0.17087277e0)))))))));
CREATE MACRO chance_beyond(z) AS least(1, error_tail(abs(z) / sqrt(2), 1 / (1 + abs(z) / sqrt(8))));

-- The z of a Student t with any number of degrees of freedom (Wallace 1959): a spread that is estimated from few months is
-- itself uncertain.
CREATE MACRO z_of_t(t, freedom) AS CASE WHEN t < 0 THEN -1 ELSE 1 END
    * (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * ln(1 + t * t / freedom));

-- The z of "at most x of n" where each has the probability p (Peizer and Pratt 1968), for x below n and p between 0 and 1.
-- The bell curve alone calls one late dossier of 40 rare where one in a hundred is usual.
CREATE MACRO binomial_bend(t) AS CASE WHEN abs(1 - t) < 0.05e0
    THEN (1 - t) * (1e0 / 3 + (1 - t) * (1e0 / 6 + (1 - t) * (0.1e0 + (1 - t) * (1e0 / 15 + (1 - t) * (1e0 / 21 + (1 - t) / 28)))))
    ELSE (1 - t * t + 2 * t * ln(t)) / ((1 - t) * (1 - t)) END;
CREATE MACRO binomial_z(x, n, p) AS
    (x + 2e0 / 3 - (n + 1e0 / 3) * p + 0.02e0 * ((1 - p) / (x + 1) - p / (n - x) + (0.5e0 - p) / (n + 1)))
    / sqrt((n + 1e0 / 6) * p * (1 - p))
    * sqrt(1 + (1 - p) * binomial_bend((x + 0.5e0) / (n * p)) + p * binomial_bend((n - x - 0.5e0) / (n * (1 - p))));

-- How far x of n lies from a probability p in standard deviations: by the bell curve and by the exact tail, the more
-- cautious of the two.
CREATE MACRO rate_z(x, n, p) AS CASE
    WHEN x > n * p THEN greatest(0, least((x - n * p) / sqrt(n * p * (1 - p)), binomial_z(x - 1, n, p)))
    WHEN x < n * p THEN least(0, greatest((x - n * p) / sqrt(n * p * (1 - p)), binomial_z(x, n, p)))
    ELSE 0 END;

-- A share of a few, never 0 or 1, for the spread of what is always or never so.
CREATE MACRO spread_share(x, n) AS CASE WHEN x <= 0 OR x >= n THEN (x + 1) / (n + 2) ELSE x / n END;
