"""Builds a snapshot with Apache Spark, for archives too large for one machine."""
