"""
Reports at the scale of the internet: collectors send counts to a log that speaks Kafka, and a consumer stores them.

`batch` holds the values and their encoding, without a socket or a clock.
"""
