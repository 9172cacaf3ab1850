"""The pages about money, each for accountants: the vendor's sees all, another's what is its own."""
