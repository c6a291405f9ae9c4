"""Assignments: release, proof that their tests test, grading in a sandbox, export.

The format is in assignments/README.md, the teacher's guide in chapters/teaching.md.
"""
