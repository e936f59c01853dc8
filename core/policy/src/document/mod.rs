//! Reading a policy document: preset first, the document over it, then types, then `validate`.
//!
//! Every refusal is `invalid_policy` with the JSON path of what is wrong; nothing is guessed or ignored.

mod input;
mod message;
mod parse;
pub(crate) mod path;
mod read;
mod shape;

pub use input::PolicyInput;
pub(crate) use parse::{capability_from, invalid};
