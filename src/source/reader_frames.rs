//! What the process that reads a workbook and the one that started it say to each other.
//!
//! The question is one packed [`Order`] with its length before it, then the workbook up to the end of the stream.
//! The answer is a row of frames, each a letter, a length and so many bytes, that ends with the frame that says
//! so: an answer that breaks off is none. Neither side believes a length beyond [`FRAME_MAX`]. Both are the same
//! program, so nothing here has versions.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::container::Kind;
use super::spreadsheet::Sheets;
use super::{SheetChoice, SheetNotes};
use crate::lang::Code;
use crate::problem::{Failure, Place, Result as Outcome, Value};

/// The longest frame.
const FRAME_MAX: usize = 1 << 20;
/// The most text that an answer may bring.
pub(super) const TEXT_MAX: u64 = 4 << 30;
/// The names that the values of a failure have.
const NAMES: [&str; 4] = ["value", "reason", "expected", "place"];

const SHEET: u8 = b'S';
const TEXT: u8 = b'T';
const NOTES: u8 = b'N';
const REFUSED: u8 = b'R';
const DONE: u8 = b'D';

/// What is to be read, and what that may take.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// What the workbook is.
    pub(super) kind: Kind,
    /// Its name, for messages.
    pub(super) name: String,
    /// Which sheets of it.
    pub(super) choice: SheetChoice,
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Milliseconds.
    pub(super) time: u64,
}

/// A failure as it is sent.
#[derive(Serialize, Deserialize)]
struct Refusal {
    code: Code,
    values: Vec<(String, Value)>,
    place: Option<Place>,
}

/// How an answer ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// All sheets came.
    Done,
    /// The workbook cannot be read, for this reason.
    Refused(Failure),
    /// It has more text than an answer may bring.
    TooMuch,
    /// It broke off, or is no answer.
    Broken,
    /// It cannot be written down.
    Unwritable(io::Error),
}

/// Sends the question.
pub(super) fn ask(mut to: impl Write, order: &Order, workbook: &[u8]) -> io::Result<()> {
    let order = packed(order)?;
    to.write_all(&length(&order)?)?;
    to.write_all(&order)?;
    to.write_all(workbook)
}

/// Reads the question up to the workbook.
pub(super) fn asked(mut from: impl Read) -> io::Result<Order> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    unpacked(&body(&mut from, length)?)
}

/// Sends sheets as frames.
pub(super) struct FrameWriter<W> {
    out: W,
}

impl<W: Write> FrameWriter<W> {
    /// Frames that go there.
    pub(super) fn new(out: W) -> FrameWriter<W> {
        FrameWriter { out }
    }

    /// Sends how the reading ended, which ends the answer.
    pub(super) fn close(mut self, outcome: Outcome<()>) -> io::Result<()> {
        match outcome {
            Ok(()) => self.frame(DONE, &[])?,
            Err(Failure { code, values, place }) => {
                let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                self.frame(REFUSED, &packed(&Refusal { code, values, place })?)?;
            }
        }
        self.out.flush()
    }

    fn frame(&mut self, letter: u8, body: &[u8]) -> io::Result<()> {
        self.out.write_all(&[letter])?;
        self.out.write_all(&length(body)?)?;
        self.out.write_all(body)
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let count = text.len().min(FRAME_MAX);
        self.frame(TEXT, &text[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write + Send> Sheets for FrameWriter<W> {
    fn begin(&mut self, sheet: &str) -> io::Result<()> {
        self.frame(SHEET, sheet.as_bytes())
    }

    fn end(&mut self, notes: SheetNotes) -> io::Result<()> {
        self.frame(NOTES, &packed(&notes)?)
    }
}

/// Reads an answer to its end, and gives its sheets on.
pub(super) fn receive(mut from: impl Read, sheets: &mut dyn Sheets) -> Answer {
    let mut left = TEXT_MAX;
    loop {
        let Ok((letter, body)) = frame(&mut from) else { return Answer::Broken };
        let written = match letter {
            SHEET => match std::str::from_utf8(&body) {
                Ok(sheet) => sheets.begin(sheet),
                Err(_) => return Answer::Broken,
            },
            TEXT if body.len() as u64 > left => return Answer::TooMuch,
            TEXT => {
                left -= body.len() as u64;
                sheets.write_all(&body)
            }
            NOTES => match unpacked(&body) {
                Ok(notes) => sheets.end(notes),
                Err(_) => return Answer::Broken,
            },
            REFUSED => {
                return unpacked(&body).map_or(Answer::Broken, |refusal| Answer::Refused(failure(refusal)));
            }
            DONE => return Answer::Done,
            _ => return Answer::Broken,
        };
        if let Err(error) = written {
            return Answer::Unwritable(error);
        }
    }
}

fn frame(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [letter, length @ ..] = head;
    Ok((letter, body(from, length)?))
}

fn body(from: &mut impl Read, length: [u8; 4]) -> io::Result<Vec<u8>> {
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn length(body: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(body.len()).ok().filter(|length| *length as usize <= FRAME_MAX);
    length.map(u32::to_le_bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn failure(Refusal { code, values, place }: Refusal) -> Failure {
    let known = |(name, value): (String, Value)| {
        NAMES.into_iter().find(|known| *known == name).map(|name| (name, value))
    };
    Failure { code, values: values.into_iter().filter_map(known).collect(), place }
}

fn packed(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{Lang, Say};
    use proptest::prelude::*;

    /// What came, as text.
    #[derive(Default)]
    struct Came(Vec<u8>);

    impl Write for Came {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.extend_from_slice(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sheets for Came {
        fn begin(&mut self, sheet: &str) -> io::Result<()> {
            write!(self, "[{sheet}]")
        }

        fn end(&mut self, notes: SheetNotes) -> io::Result<()> {
            write!(self, "{:?}", notes.hidden_rows)
        }
    }

    fn answer(outcome: Outcome<()>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = FrameWriter::new(&mut bytes);
        writer.begin("Año").unwrap();
        writer.write_all(&vec![b'x'; FRAME_MAX + 5]).unwrap();
        writer.end(SheetNotes { hidden_rows: vec![(2, 3)], ..SheetNotes::default() }).unwrap();
        writer.close(outcome).unwrap();
        bytes
    }

    #[test]
    fn an_answer_arrives_as_it_was_given() {
        let mut came = Came::default();
        assert!(matches!(receive(&answer(Ok(()))[..], &mut came), Answer::Done));
        assert_eq!(String::from_utf8(came.0).unwrap(), format!("[Año]{}[(2, 3)]", "x".repeat(FRAME_MAX + 5)));
        let failure = Failure::new(Code::FileTooBig).with("value", "f").with("expected", 7);
        let failure = failure.with_say("reason", Say::ReasonBigText);
        let sent = answer(Err(failure.clone()));
        let Answer::Refused(arrived) = receive(&sent[..], &mut Came::default()) else { panic!("refused") };
        assert_eq!((arrived.code, arrived.what(Lang::Es)), (failure.code, failure.what(Lang::Es)));
    }

    #[test]
    fn a_question_arrives_with_its_workbook() {
        let choice = SheetChoice::Named(vec!["Hoja".to_owned()]);
        let order = Order { kind: Kind::Ods, name: "f".to_owned(), choice, memory: 1, time: 2 };
        let mut bytes = Vec::new();
        ask(&mut bytes, &order, b"workbook").unwrap();
        let mut rest = &bytes[..];
        assert_eq!(format!("{:?}", asked(&mut rest).unwrap()), format!("{order:?}"));
        assert_eq!(rest, b"workbook");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_answer_that_breaks_off_or_is_none_is_known(cut in any::<prop::sample::Index>(), noise in proptest::collection::vec(any::<u8>(), 0..40)) {
            let whole = answer(Ok(()));
            let cut = &whole[..cut.index(whole.len())];
            prop_assert!(matches!(receive(cut, &mut Came::default()), Answer::Broken));
            if noise.first() != Some(&DONE) {
                let ended = receive(&noise[..], &mut Came::default());
                prop_assert!(matches!(ended, Answer::Broken | Answer::Refused(_)));
            }
        }
    }
}
