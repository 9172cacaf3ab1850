"""The page: what people look at and work with in a browser. It decodes, asks the app, and renders."""
