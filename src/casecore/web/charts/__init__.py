"""Pictures of figures as SVG, made on the server: classes in place of styles, and links on the marks."""
