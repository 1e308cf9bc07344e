//! What people are told, in the form each channel takes.
//!
//! An alert becomes a [`Publication`]: one message to SNS whose body differs by protocol. E-mail gets text, chat gets the
//! custom notification schema of AWS's chat service, everything else gets the whole finding as a [`Document`], from which
//! [`slack`] makes Block Kit. Nothing here sends anything, reads a clock or names an SDK.
//!
//! Everything that comes from an event is hostile: names and user agents are chosen by whoever made the call. Text is
//! therefore built of [`line::Piece`]s that are either our own words or a quotation, and each channel quotes in its way.

pub mod chat;
pub mod digest;
pub mod document;
pub mod email;
pub mod line;
pub mod publication;
pub mod slack;
mod story;

pub use digest::digest;
pub use document::{Document, Unreadable};
pub use publication::{MESSAGE_MAX, Publication};
pub use story::{Story, Tone};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
