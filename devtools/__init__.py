"""What writes generated files: schemas, examples, the AsyncAPI document, sections of the README, shapes.

It is not part of the installed program.
"""
