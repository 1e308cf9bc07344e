//! AWS reads: one function per facet.
