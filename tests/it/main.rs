//! The tests of the program from outside: the real binary, in a folder and an environment of its own.

/// What the tests stand on.
mod support;

/// Every command line of the README is run, and what it says of them holds.
mod readme;
