//! The functions' programs: built in one way by whoever needs them, and held to their limits.

use std::path::PathBuf;

use crate::{Failed, cargo, root, target};

/// The functions that the stack runs, and how many bytes each program may have: what is loaded at a cold start.
pub const FUNCTIONS: [(&str, usize); 5] = [
    ("evaluator", 8_600_000),
    ("notifier", 5_400_000),
    ("reporter", 5_700_000),
    ("slack", 4_900_000),
    ("sweeper", 4_600_000),
];

/// The newest interface of the C library that Lambda's `provided.al2023` has: 2.34.
const GLIBC_MINOR_MAX: u32 = 34;

/// Builds the functions as they are deployed, and says where they are.
///
/// # Errors
/// When they do not build.
pub fn build() -> Result<PathBuf, Failed> {
    built(&["--bins"])
}

/// Where a program among the examples of the functions is; built in the same way where whoever asks has not built it.
///
/// # Errors
/// When it does not build.
pub fn example(name: &str) -> Result<PathBuf, Failed> {
    let built = elsewhere().map_or_else(|| built(&["--example", name]), Ok)?;
    Ok(built.join("examples").join(name))
}

fn built(what: &[&str]) -> Result<PathBuf, Failed> {
    let build = ["build", "--profile", "function", "--package", "trailhound-functions"];
    cargo(&[&build, what].concat(), "the functions do not build")?;
    Ok(target().join("function"))
}

/// Where the functions' programs are; built where whoever asks has not built them.
///
/// # Errors
/// When they do not build.
pub fn programs() -> Result<PathBuf, Failed> {
    elsewhere().map_or_else(build, Ok)
}

#[expect(clippy::disallowed_methods, reason = "whoever built the functions says where")]
fn elsewhere() -> Option<PathBuf> {
    std::env::var_os("TRAILHOUND_FUNCTIONS").map(|built| root().join(built))
}

/// Holds a function's program to its limit of size, and to the C library that Lambda has.
///
/// # Errors
/// When it is too large or needs a newer C library.
pub fn check(name: &str, program: &[u8]) -> Result<(), Failed> {
    let most = FUNCTIONS.iter().find(|(known, _)| *known == name).ok_or("there is no such function")?.1;
    if program.len() > most {
        return Err(format!("{name} has {} bytes, and may have {most}", program.len()).into());
    }
    let newest = glibc_minor(program);
    if newest > GLIBC_MINOR_MAX {
        return Err(format!(
            "{name} needs GLIBC_2.{newest}, and Lambda has 2.{GLIBC_MINOR_MAX}: build it there or on an older system"
        )
        .into());
    }
    Ok(())
}

/// The newest `GLIBC_2.x` that a program's symbols name; 0 if none, as of a static one.
fn glibc_minor(program: &[u8]) -> u32 {
    const MARK: &[u8] = b"GLIBC_2.";
    let places = program.windows(MARK.len()).enumerate().filter(|(_, bytes)| *bytes == MARK);
    let number = |(at, _): (usize, &[u8])| {
        let digits = program.get(at + MARK.len()..)?.iter().take_while(|byte| byte.is_ascii_digit());
        digits.map(|byte| char::from(*byte)).collect::<String>().parse().ok()
    };
    places.filter_map(number).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_counts() {
        assert_eq!(glibc_minor(b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.17\0GLIBC_PRIVATE"), 34);
        assert_eq!(glibc_minor(b"static"), 0);
    }

    #[test]
    fn what_is_too_large_or_too_new_is_refused() {
        for (name, program, good) in [
            ("notifier", b"GLIBC_2.34".to_vec(), true),
            ("notifier", b"GLIBC_2.35".to_vec(), false),
            ("notifier", vec![0; 5_400_001], false),
            ("evaluator", vec![0; 5_400_001], true),
            ("nobody", Vec::new(), false),
        ] {
            assert_eq!(check(name, &program).is_ok(), good, "{name} of {} bytes", program.len());
        }
    }

    /// Those that the other tests run, unless they were built for development.
    #[test]
    fn every_function_keeps_within_its_limits() {
        let built = programs().unwrap();
        if built.ends_with("debug") {
            eprintln!("skipped: functions built for development have no limits");
            return;
        }
        for (name, _) in FUNCTIONS {
            check(name, &std::fs::read(built.join(name)).unwrap()).unwrap();
        }
    }
}
