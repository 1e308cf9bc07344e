//! What the benchmarks and the end-to-end tests share: archives and templates made up at run time, the same for the same
//! seed.

pub mod synthetic;
pub mod template;
