//! Part of Trailhound.

fn main() {}
