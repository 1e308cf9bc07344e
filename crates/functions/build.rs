//! How the functions' programs are linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // At a fixed address: a program that may stand anywhere has every pointer in its tables corrected at each start, which
    // is time, and a list of them all, which is size.
    println!("cargo:rustc-link-arg-bins=-no-pie");
}
