//! What the benchmarks share: their data, the floors that figures are held against, and the measuring.
//!
//! A figure in seconds says more of a machine than of a program, so each is printed as a ratio to a floor that was
//! measured in the same run, in turn with it. Nothing here is part of the product.

use std::error::Error;

#[path = "../samples/make/dice.rs"]
mod dice;

#[expect(dead_code, reason = "the samples use more of these people than the portfolio does")]
#[path = "../samples/make/invent.rs"]
mod invent;

pub mod portfolio;

pub mod floor;

pub mod measure;

pub mod place;

pub mod counts;

pub mod server;

pub mod post;

/// A benchmark that cannot go on only needs its own words.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
