"""Switch from another tool in a day: its queues with members and counts, and its matching table, from CSV exports.

`queues` and `matching` read a table and say what the working copy would be (pure); `switch` shows the difference and
applies it as any configuration is. docs/moving-in.md says how it is used.
"""
