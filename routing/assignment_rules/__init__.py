"""Salesforce's lead assignment rules, read from their metadata XML, as rules of the working copy.

`metadata` reads the file, `boolean_filter` its filter logic, `fields` says which input a field is, `translation` makes
an entry a condition or says why it can't; these are pure. `assignees` finds whom an entry means, `service` compares
with the working copy and applies. What a missing value means there and here: docs/moving-in.md.
"""
