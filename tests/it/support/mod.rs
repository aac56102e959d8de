//! What the tests of the binary have in common.

pub(crate) mod corrected;
pub(crate) mod dice;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) mod failing;
pub(crate) mod nginx;
pub(crate) mod peak;
pub(crate) mod planned;
pub(crate) mod post;
pub(crate) mod scripted;
pub(crate) mod store;
#[cfg(unix)]
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod workdir;
