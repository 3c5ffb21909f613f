"""Shadow: what would we have decided, beside what today's tool decided? docs/moving-in.md says how it is used.

`incumbent` reads the other tool's export and `comparison` sets both decisions side by side; both are pure. `run`
decides in memory: it reads the database and writes nothing.
"""
