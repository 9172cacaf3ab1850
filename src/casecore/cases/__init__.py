"""The case: its lifecycle, who may do what, and how commands become facts.

Read `commands`, then the tables (`topics`, `lifecycle`, `permissions`), then `decide` and `state`. Service
levels in a case (`service_levels`) and the import of another system's log (`imported`) build on these;
`decider` puts all of it together.
"""
