"""A snapshot built by Apache Spark, for archives that one machine cannot build from."""
