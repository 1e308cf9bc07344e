//! What people are told, in the form each channel takes.
