"""What writes generated files: schemas, examples, the AsyncAPI document, sections of pages, shapes, pictures.

It is not part of the installed program.
"""
