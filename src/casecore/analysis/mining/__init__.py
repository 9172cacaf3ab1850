"""Process mining: which paths cases take, who hands them to whom and back, and where their time goes."""
