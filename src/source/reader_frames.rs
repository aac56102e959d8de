//! What the process that reads a workbook and the one that started it say to each other.
//!
//! The question is one packed [`Order`] with its length before it, then the workbook. The answer is a row of frames,
//! each a letter, a length and so many bytes, that ends with the frame that says so: an answer that breaks off is
//! none. Where the choice of sheets depends on how they begin, their beginnings come first and a frame behind them
//! asks for the choice, which is sent back: a rule cannot be handed to a process, but what it judges can come out.
//! Neither side believes a length beyond [`FRAME_MAX`]. Both are the same program, so nothing here has versions.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, Sender};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::container::Kind;
use super::spreadsheet::Sheets;
use super::{SheetChoice, SheetNotes};
use crate::lang::Code;
use crate::problem::{Failure, Place, Result as Outcome, Value};

/// The longest frame.
const FRAME_MAX: usize = 1 << 20;
/// The most that the notes of one sheet may take.
const NOTES_MAX: usize = 64 << 20;
/// The most text that an answer may bring.
pub(super) const TEXT_MAX: u64 = 4 << 30;
/// The names that the values of a failure have.
const NAMES: [&str; 4] = ["value", "reason", "expected", "place"];

const SHEET: u8 = b'S';
const TEXT: u8 = b'T';
const NOTES: u8 = b'N';
const END: u8 = b'E';
const CHOOSE: u8 = b'C';
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
    /// How many rows of each sheet it takes to choose, where that depends on them.
    pub(super) rows: u32,
    /// Bytes of the workbook.
    pub(super) length: u64,
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

impl From<Failure> for Refusal {
    fn from(Failure { code, values, place, header: _ }: Failure) -> Refusal {
        // A reader looks for no column; sheets are chosen on the other side.
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Refusal { code, values, place }
    }
}

impl Refusal {
    fn failure(self) -> Failure {
        let known = |(name, value): (String, Value)| {
            NAMES.into_iter().find(|known| *known == name).map(|name| (name, value))
        };
        let values = self.values.into_iter().filter_map(known).collect();
        Failure { values, place: self.place, ..Failure::new(self.code) }
    }
}

/// How an answer ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// All sheets came.
    Done,
    /// The workbook cannot be read, or none of its sheets was chosen, for this reason.
    Refused(Failure),
    /// It has more text than an answer may bring.
    TooMuch,
    /// It broke off, or is no answer.
    Broken,
    /// It cannot be written down.
    Unwritable(io::Error),
}

/// Sends the question, and the choice of sheets once there is one.
pub(super) fn ask(
    mut to: impl Write,
    order: &Order,
    workbook: &[u8],
    chosen: &Receiver<Vec<String>>,
) -> io::Result<()> {
    send(&mut to, &packed(order)?)?;
    to.write_all(workbook)?;
    to.flush()?;
    match chosen.recv() {
        Ok(sheets) => send(&mut to, &packed(&sheets)?),
        Err(_) => Ok(()),
    }
}

fn send(to: &mut impl Write, body: &[u8]) -> io::Result<()> {
    to.write_all(&length(body)?)?;
    to.write_all(body)
}

/// Reads the question up to the workbook.
pub(super) fn asked(from: &mut impl Read) -> io::Result<Order> {
    sent(from)
}

fn sent<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    unpacked(&body(from, length)?)
}

/// Sends sheets as frames.
pub(super) struct FrameWriter<W, R> {
    out: W,
    question: R,
}

impl<W: Write, R: Read> FrameWriter<W, R> {
    /// Frames that go there, and where the choice of sheets will come from.
    pub(super) fn new(out: W, question: R) -> FrameWriter<W, R> {
        FrameWriter { out, question }
    }

    /// Sends how the reading ended, which ends the answer.
    pub(super) fn close(mut self, outcome: Outcome<()>) -> io::Result<()> {
        match outcome {
            Ok(()) => self.frame(DONE, &[])?,
            Err(failure) => self.frame(REFUSED, &packed(&Refusal::from(failure))?)?,
        }
        self.out.flush()
    }

    fn frame(&mut self, letter: u8, body: &[u8]) -> io::Result<()> {
        self.out.write_all(&[letter])?;
        send(&mut self.out, body)
    }
}

impl<W: Write, R: Read> Write for FrameWriter<W, R> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let count = text.len().min(FRAME_MAX);
        self.frame(TEXT, &text[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write + Send, R: Read + Send> Sheets for FrameWriter<W, R> {
    fn begin(&mut self, sheet: &str) -> io::Result<()> {
        self.frame(SHEET, sheet.as_bytes())
    }

    fn end(&mut self, notes: SheetNotes, unread: Option<Failure>) -> io::Result<()> {
        for part in packed(&notes)?.chunks(FRAME_MAX) {
            self.frame(NOTES, part)?;
        }
        self.frame(END, &packed(&unread.map(Refusal::from))?)
    }

    fn choose(&mut self) -> Outcome<Vec<String>> {
        let chosen = self.frame(CHOOSE, &[]).and_then(|()| self.out.flush());
        // Who does not answer has ended, or has nothing to choose; nobody reads this failure.
        let nobody = |error| Failure::new(Code::ReaderStopped).with("reason", error);
        chosen.and_then(|()| sent(&mut self.question)).map_err(nobody)
    }
}

/// Reads an answer to its end, and gives its sheets on; where it asks for a choice of them, that goes to `chosen`.
pub(super) fn receive(mut from: impl Read, sheets: &mut dyn Sheets, chosen: &Sender<Vec<String>>) -> Answer {
    let (mut left, mut notes) = (TEXT_MAX, Vec::new());
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
            NOTES if notes.len() + body.len() > NOTES_MAX => return Answer::TooMuch,
            NOTES => {
                notes.extend_from_slice(&body);
                Ok(())
            }
            END => match (unpacked(&std::mem::take(&mut notes)), unpacked::<Option<Refusal>>(&body)) {
                (Ok(notes), Ok(unread)) => sheets.end(notes, unread.map(Refusal::failure)),
                _ => return Answer::Broken,
            },
            CHOOSE => match sheets.choose() {
                Ok(names) => chosen.send(names).map_err(io::Error::other),
                Err(failure) => return Answer::Refused(failure),
            },
            REFUSED => {
                return unpacked::<Refusal>(&body)
                    .map_or(Answer::Broken, |refusal| Answer::Refused(refusal.failure()));
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
    use std::sync::mpsc::channel;

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

        fn end(&mut self, notes: SheetNotes, unread: Option<Failure>) -> io::Result<()> {
            let unread = unread.map(|failure| failure.what(Lang::Es)).unwrap_or_default();
            write!(self, "{:?}{unread}", notes.hidden_rows)
        }

        fn choose(&mut self) -> Outcome<Vec<String>> {
            Ok(vec![String::from_utf8_lossy(&self.0).into_owned()])
        }
    }

    fn received(from: &[u8], came: &mut Came) -> Answer {
        receive(from, came, &channel().0)
    }

    fn answer(outcome: Outcome<()>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = FrameWriter::new(&mut bytes, io::empty());
        writer.begin("Año").unwrap();
        writer.write_all(&vec![b'x'; FRAME_MAX + 5]).unwrap();
        writer.end(SheetNotes { hidden_rows: vec![(2, 3)], ..SheetNotes::default() }, None).unwrap();
        writer.close(outcome).unwrap();
        bytes
    }

    fn refusal() -> Failure {
        let failure = Failure::new(Code::FileTooBig).with("value", "f").with("expected", 7);
        failure.with_say("reason", Say::ReasonBigText)
    }

    #[test]
    fn an_answer_arrives_as_it_was_given() {
        let mut came = Came::default();
        assert!(matches!(received(&answer(Ok(())), &mut came), Answer::Done));
        assert_eq!(String::from_utf8(came.0).unwrap(), format!("[Año]{}[(2, 3)]", "x".repeat(FRAME_MAX + 5)));
        let sent = answer(Err(refusal()));
        let Answer::Refused(arrived) = received(&sent, &mut Came::default()) else { panic!("refused") };
        assert_eq!((arrived.code, arrived.what(Lang::Es)), (refusal().code, refusal().what(Lang::Es)));
    }

    #[test]
    fn a_sheet_that_cannot_be_read_harms_no_other_and_long_notes_arrive() {
        let mut bytes = Vec::new();
        let mut writer = FrameWriter::new(&mut bytes, io::empty());
        let hidden: Vec<(u32, u32)> = (1..400_000).map(|run| (run * 2, run * 2)).collect();
        for (sheet, hidden_rows, unread) in
            [("A", vec![], Some(refusal())), ("B", hidden.clone(), None), ("C", vec![(1, 1)], None)]
        {
            writer.begin(sheet).unwrap();
            writer.end(SheetNotes { hidden_rows, ..SheetNotes::default() }, unread).unwrap();
        }
        writer.close(Ok(())).unwrap();
        let mut came = Came::default();
        assert!(matches!(received(&bytes, &mut came), Answer::Done));
        let whole = format!("[A][]{}[B]{hidden:?}[C][(1, 1)]", refusal().what(Lang::Es));
        assert!(String::from_utf8(came.0).unwrap() == whole);
    }

    #[test]
    fn the_sheets_are_chosen_by_what_came_of_them() {
        let (mut question, mut bytes) = (Vec::new(), Vec::new());
        send(&mut question, &packed(&vec!["Dos"]).unwrap()).unwrap();
        let mut writer = FrameWriter::new(&mut bytes, &question[..]);
        writer.begin("Uno").unwrap();
        writer.end(SheetNotes::default(), None).unwrap();
        assert_eq!(writer.choose().unwrap(), ["Dos"]);
        assert!(writer.choose().is_err(), "nobody answers any more");
        writer.close(Ok(())).unwrap();
        let (tell, told) = channel();
        let answer = receive(&bytes[..], &mut Came::default(), &tell);
        assert!(matches!(answer, Answer::Done), "{answer:?}");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), vec![["[Uno][]"]; 2]);
    }

    #[test]
    fn a_question_arrives_with_its_workbook_and_its_choice() {
        let choice = SheetChoice::Named(vec!["Hoja".to_owned()]);
        let name = "f".to_owned();
        let order = Order { kind: Kind::Ods, name, choice, rows: 3, length: 8, memory: 1, time: 2 };
        let (tell, told) = channel();
        tell.send(vec!["Hoja".to_owned()]).unwrap();
        let mut bytes = Vec::new();
        ask(&mut bytes, &order, b"workbook", &told).unwrap();
        let mut rest = &bytes[..];
        assert_eq!(format!("{:?}", asked(&mut rest).unwrap()), format!("{order:?}"));
        let mut choice = rest.strip_prefix(b"workbook").unwrap();
        assert_eq!(sent::<Vec<String>>(&mut choice).unwrap(), ["Hoja"]);
        assert!(choice.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_answer_that_breaks_off_or_is_none_is_known(cut in any::<prop::sample::Index>(), noise in proptest::collection::vec(any::<u8>(), 0..40)) {
            let whole = answer(Ok(()));
            let cut = &whole[..cut.index(whole.len())];
            prop_assert!(matches!(received(cut, &mut Came::default()), Answer::Broken));
            if noise.first() != Some(&DONE) {
                let ended = received(&noise, &mut Came::default());
                prop_assert!(matches!(ended, Answer::Broken | Answer::Refused(_)));
            }
        }
    }
}
