//! cartera
pub mod sandbox;
