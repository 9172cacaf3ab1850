"""What writes generated files: schemas, examples, the AsyncAPI document, README sections, shapes, pictures.

It is not part of the installed program.
"""
