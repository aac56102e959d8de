//! cartera
fn main() {}
