"""Runs the same load against Sluice and against Apache Kafka on one machine, and tells the ratios."""
