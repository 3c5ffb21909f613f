"""Spreadsheets in and out: territories, rules, named accounts, members, absences.

`tables` reads a file into rows, whatever its encoding and separators. `kinds` says what can be moved and by which
columns; `resources` are django-import-export's resources for them, which tell what each row would change.
`import_rows` makes the dry run and applies it, `export_rows` writes the same columns.
"""
