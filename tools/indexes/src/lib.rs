//! Index advice over a catalog value and a cost oracle
