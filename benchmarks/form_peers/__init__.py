"""The projects that `python -m benchmarks.forms` serves beside Switchyard.

Each asks the nine questions of questions.py, has a settings module of its own and reads DATABASE_URL; the rest is what
people who use Django or Wagtail would write.
"""
