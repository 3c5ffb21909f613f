"""The whole configuration as one YAML file: read out, compared, applied. docs/operating.md says how it is used.

`schema` says what may stand in it, `document` reads and writes the text, `references` checks that it holds together,
`difference` compares two; all of these are pure. `export` reads the database, `apply` changes it.
"""
