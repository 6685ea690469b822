//! EXPLAIN output to one typed tree, its rules and its compact form
