//! How a request ends when a fault strikes the connection or the whole answer.
//!
//! Decides only: the waiting and the closing are the server's. The order between the CRM's work and the fault is
//! what matters here, and each arm says it by where it calls `work`.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION, RETRY_AFTER};

use super::answer::Answer;
use super::faults::{Shape, What, Work};
use super::token;

/// What the CRM shows a browser whose session is over.
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Login</title></head><body>\
     <form method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"></form></body></html>";

/// How a request ends.
pub(super) enum Ending {
    /// With this answer, at once.
    Answer(Answer),
    /// With this answer, after a wait.
    Late(Duration, Answer),
    /// Never, as long as the client waits.
    Silence,
    /// With a reset of the connection.
    Reset,
}

impl Ending {
    /// The status the client is sent, if it is sent any.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(answer) | Self::Late(_, answer) => Some(answer.status().as_u16()),
            Self::Silence | Self::Reset => None,
        }
    }
}

/// The end of a request in which `what` is due; `work` has the CRM do its work, and is called at most once.
pub(super) fn play(what: Option<&What>, work: impl FnOnce(Option<Shape>) -> Answer) -> Ending {
    let refusal = |code: u16| Answer::refusal(status(code), "THE SANDBOX WAS ASKED TO ANSWER THIS");
    let Some(what) = what else { return Ending::Answer(work(None)) };
    Ending::Answer(match what {
        What::Shape(shape) => work(Some(*shape)),
        What::Status { code, work: Work::Undone } => refusal(*code),
        What::Status { code, work: Work::Done } => {
            drop(work(None));
            refusal(*code)
        }
        What::Code(code) => Answer::code(status(*code), "THE SANDBOX WAS ASKED TO ANSWER THIS"),
        What::Reset(Work::Undone) => return Ending::Reset,
        What::Reset(Work::Done) => {
            drop(work(None));
            return Ending::Reset;
        }
        What::Hang(Work::Undone) => return Ending::Silence,
        What::Hang(Work::Done) => {
            drop(work(None));
            return Ending::Silence;
        }
        What::Slow(wait) => return Ending::Late(*wait, work(None)),
        What::Html => Answer::html(LOGIN_PAGE),
        What::Empty => work(None).emptied(),
        What::Truncate => work(None).halved(),
        What::Huge => Answer::endless(),
        What::Redirect(address) => {
            let address = HeaderValue::from_str(address).expect("an address is checked when it is read");
            refusal(307).with_header(LOCATION, address)
        }
        What::Limit => token::limit_exceeded(),
        What::Busy => token::too_many_at_once(),
        What::BadToken => token::bad_token(),
        What::RetryAfter(text) => {
            let text = HeaderValue::from_str(text).expect("a header's text is checked when it is read");
            refusal(429).with_header(RETRY_AFTER, text)
        }
    })
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a fault's code is between 100 and 999")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_says_whether_the_work_is_done_and_what_is_answered() {
        for (fault, done, answered) in [
            ("status-503", false, Some(503)),
            ("status-503-after", true, Some(503)),
            ("code-417", false, Some(200)),
            ("reset", false, None),
            ("reset-after", true, None),
            ("hang", false, None),
            ("hang-after", true, None),
            ("slow-2s", true, Some(200)),
            ("html", false, Some(200)),
            ("empty", true, Some(200)),
            ("truncate", true, Some(200)),
            ("huge", false, Some(200)),
            ("redirect-http://127.0.0.1:1/", false, Some(307)),
            ("limit", false, Some(403)),
            ("busy", false, Some(403)),
            ("bad-token", false, Some(403)),
            ("retry-after-5", false, Some(429)),
            ("reject", true, Some(200)),
        ] {
            let parsed: super::super::Fault = format!("{fault}@1").parse().unwrap();
            let mut worked = false;
            let ending = play(Some(parsed.what()), |_| {
                worked = true;
                Answer::json(b"{}".to_vec())
            });
            assert_eq!((worked, ending.status()), (done, answered), "{fault}");
        }
    }

    #[test]
    fn a_code_in_the_body_is_not_the_status() {
        let Ending::Answer(answer) = play(Some(&What::Code(417)), |_| unreachable!()) else { unreachable!() };
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["code"], "417");
        assert_eq!(body["error"], "EXPECTATION FAILED");
    }
}
