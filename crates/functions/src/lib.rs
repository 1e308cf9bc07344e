//! What the Lambda binaries share.
