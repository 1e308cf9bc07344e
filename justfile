# One line per task. `just` is optional: every line is a command you can type.

# List the tasks.
default:
    @just --list

# Prove the tree: format, lints, generated files, every test.
test:
    cargo xtask test

# The quick half of `test`: format and lints, nothing is run.
check:
    cargo fmt --all --check && cargo clippy --workspace --features trailhound/aws --all-targets -- -D warnings

# Format the code.
fmt:
    cargo fmt --all

# Rewrite the generated files.
generate:
    cargo xtask generate

# Compare verdicts with other tools' labelled cases, and write the figures.
accuracy:
    cargo xtask accuracy

# Rewrite the expected messages of the rule cases.
bless *ARGS:
    cargo xtask bless {{ARGS}}

# Start a rule: `just new-rule s3 bucket_versioning`.
new-rule SERVICE STEM:
    cargo xtask new-rule {{SERVICE}} {{STEM}}

# Replay CloudTrail files into findings.
replay *ARGS="events/":
    cargo run --release -- replay {{ARGS}}

# Report on the findings table.
report *ARGS:
    cargo run --release -- report {{ARGS}}

# Show the pipeline on the local AWS.
demo:
    cargo xtask demo

# Measure against the targets.
bench *ARGS:
    cargo run --release --package trailhound-bench -- {{ARGS}}

# Measure checking a template of 2,000 resources.
bench-check *ARGS:
    cargo run --release --package trailhound-bench --bin check-bench -- {{ARGS}}

# Measure the functions: size, cold start, cost of an event.
bench-functions *ARGS:
    cargo run --package trailhound-bench --bin function-bench -- {{ARGS}}

# Build the functions and pack them for Lambda.
package:
    cargo xtask package

# Make or update the pipeline's stack: `just deploy my-bucket AlertEmail=security@example.com`.
deploy BUCKET *PARAMETERS:
    cargo xtask deploy --bucket {{BUCKET}} {{PARAMETERS}}
