"""Shards of hosts, which workers at several vantage points take from a queue."""
