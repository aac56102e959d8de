//! What becomes of a delivery after its load has ended: a table over exit codes and problem codes, and no more.
//!
//! The exit code and the JSON of the program are all that is known here. Nothing waits and nothing is moved.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::Place;
use crate::lang::Code;

/// Loads without a result, one after the other, after which a person has to look.
const TRIES_MAX: u32 = 3;
/// The first wait; each further one is twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_mins(1);
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Whom a wait holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The delivery alone.
    #[default]
    Own,
    /// All that goes to the same place with the same token.
    Profile,
    /// Everything.
    All,
}

/// When a delivery is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// At once, as soon as there is a watcher.
    None,
    /// At this instant.
    Until(Timestamp),
    /// After a wait that grows.
    Growing,
    /// When a person has done something.
    Person,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It has come to its end.
    End(Place),
    /// The same content was loaded before.
    Same,
    /// It has come to its end but for outcomes that are held.
    Held,
    /// It goes on later.
    Later {
        /// When.
        wait: Wait,
        /// Whom it holds up.
        gate: Gate,
        /// Somebody is told, once a day.
        tells: bool,
    },
}

/// What becomes of a delivery whose load has ended so.
pub fn conclude(exit: Option<u8>, code: Option<Code>, again_at: Option<Timestamp>, tries: u32) -> Next {
    let later = |wait, gate, tells| Next::Later { wait, gate, tells };
    match exit {
        Some(0) => Next::End(Place::Done),
        Some(1) => refused(code),
        Some(3) => Next::End(Place::NeedsAttention),
        Some(4) => stopped(code, again_at),
        Some(5) => Next::Held,
        Some(6) => later(Wait::Growing, Gate::Own, false),
        Some(7) => later(Wait::Growing, Gate::Profile, true),
        Some(8) => later(Wait::Growing, Gate::All, true),
        _ if tries < TRIES_MAX => later(Wait::Growing, Gate::Own, false),
        _ => Next::End(Place::NeedsAttention),
    }
}

/// Nothing was sent: the file is at fault, or what all files of the profile need is missing.
fn refused(code: Option<Code>) -> Next {
    match code {
        Some(Code::SameContent) => Next::Same,
        Some(
            Code::NoToken
            | Code::NoServer
            | Code::NoOperation
            | Code::ProfileNotFound
            | Code::ConfigSyntax
            | Code::BadSetting
            | Code::TooFewFiles
            | Code::TooFewThreads,
        ) => Next::Later { wait: Wait::Growing, gate: Gate::Profile, tells: true },
        _ => Next::End(Place::NeedsAttention),
    }
}

fn stopped(code: Option<Code>, again_at: Option<Timestamp>) -> Next {
    let (wait, gate, tells) = match code {
        Some(Code::QuotaEnded | Code::CrmSaysWait) => {
            (again_at.map_or(Wait::Growing, Wait::Until), Gate::Profile, false)
        }
        Some(Code::CrmDown) => (Wait::Growing, Gate::Profile, false),
        Some(Code::StoppedByUser | Code::LimitReached) => (Wait::None, Gate::Own, false),
        // Each further request may leave further outcomes unknown, or be one more in vain.
        Some(Code::UnknownStreak | Code::SameRejection) => (Wait::Person, Gate::Own, true),
        _ => (Wait::Growing, Gate::Profile, true),
    };
    Next::Later { wait, gate, tells }
}

/// How long the next wait of so many is.
pub fn growing(waits: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << waits.min(10)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_load_leads_somewhere() {
        let at: Timestamp = "2026-11-21T05:00:00Z".parse().unwrap();
        let later = |wait, gate, tells| Next::Later { wait, gate, tells };
        let attention = Next::End(Place::NeedsAttention);
        for (exit, code, tries, expected) in [
            (Some(0), None, 0, Next::End(Place::Done)),
            (Some(1), Some(Code::SameContent), 0, Next::Same),
            (Some(1), Some(Code::TooManyInvalid), 0, attention),
            (Some(1), Some(Code::ArchiveDamaged), 0, attention),
            (Some(1), Some(Code::NoToken), 0, later(Wait::Growing, Gate::Profile, true)),
            (Some(3), None, 0, attention),
            (Some(4), Some(Code::QuotaEnded), 0, later(Wait::Until(at), Gate::Profile, false)),
            (Some(4), Some(Code::CrmDown), 0, later(Wait::Growing, Gate::Profile, false)),
            (Some(4), Some(Code::StoppedByUser), 0, later(Wait::None, Gate::Own, false)),
            (Some(4), Some(Code::UnknownStreak), 0, later(Wait::Person, Gate::Own, true)),
            (Some(4), Some(Code::EndpointRefused), 0, later(Wait::Growing, Gate::Profile, true)),
            (Some(5), None, 0, Next::Held),
            (Some(6), Some(Code::Locked), 0, later(Wait::Growing, Gate::Own, false)),
            (Some(7), Some(Code::TokenRefused), 0, later(Wait::Growing, Gate::Profile, true)),
            (Some(8), Some(Code::LedgerUnwritable), 0, later(Wait::Growing, Gate::All, true)),
            (None, None, 1, later(Wait::Growing, Gate::Own, false)),
            (Some(101), None, 2, later(Wait::Growing, Gate::Own, false)),
            (None, None, 3, attention),
        ] {
            assert_eq!(conclude(exit, code, Some(at), tries), expected, "{exit:?} {code:?}");
        }
    }

    #[test]
    fn waits_grow_up_to_an_hour() {
        let minutes: Vec<u64> = (0..8).map(|waits| growing(waits).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
