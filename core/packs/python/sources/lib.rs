//! Nothing: cargo wants a target in every package, and this package is only a pin.
//! The guest's own sources are in `../guest`.
