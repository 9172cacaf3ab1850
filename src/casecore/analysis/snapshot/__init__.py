"""A history as a folder of Parquet files that any engine reads, published whole or not at all."""
