//! The readers that are not our own run in a process of their own, which may die.
//!
//! calamine can overflow the stack, ask for more memory than there is, or not come to an end; either would end the
//! program with it. So the program starts itself once more to read one workbook: it hands the workbook over, takes
//! the packed sheets back ([`super::reader_frames`]), and bounds what the child takes of time, of memory where the
//! system can, and what it may answer. A child that dies is a failure of that file and of nothing else. It gets no
//! environment, hence no token, and never opens a file. Our own readers need none of this.

use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::container::{Kind, megabytes, too_big};
use super::reader_frames::{self as frames, Answer, FrameWriter, Order, TEXT_MAX};
use super::spool::{Bytes, Spool, Spools, unwritable};
use super::spreadsheet::{self, FILE_MAX, Sheets};
use super::text::Text;
use super::{Fit, SheetChoice, SheetNotes, Table, Workplace, sheets};
use crate::lang::{Code, Say};
use crate::platform;
use crate::problem::{Failure, Result};
use crate::settings::{Memory, Span};

/// The word with which the program starts itself as a reader.
pub const READER_COMMAND: &str = "workbook-reader";

/// Where the readers of the older workbooks run.
#[derive(Debug, Clone)]
pub enum Isolation {
    /// In this process: it is the reader already, or a test.
    Here,
    /// In a process of their own.
    Child(ReaderProcess),
}

/// How a reader is started, and what it may take.
#[derive(Debug, Clone)]
pub struct ReaderProcess {
    /// The program that serves [`READER_COMMAND`].
    pub program: PathBuf,
    /// Its address space, on Linux.
    pub memory: Memory,
    /// Its time.
    pub time: Span,
}

/// Reads the chosen sheets of a workbook that is not for our own readers; `name` is for messages.
pub(super) fn tables(
    (kind, bytes): (Kind, &Bytes),
    name: &str,
    (choice, fit): (&SheetChoice, Fit<'_>),
    workplace: &Workplace,
) -> Result<Vec<Table>> {
    let mut tables = Tables { kind, name, fit, spools: &workplace.spools, open: None, whole: Vec::new() };
    let asked = (name, choice, fit.rows);
    match &workplace.isolation {
        Isolation::Here => spreadsheet::read(kind, bytes.to_vec(), asked, &mut tables)?,
        Isolation::Child(process) => process.read((kind, bytes), asked, &mut tables)?,
    }
    sheets::readable(tables.whole, choice)
}

impl ReaderProcess {
    fn read(
        &self,
        (kind, bytes): (Kind, &Bytes),
        (name, choice, rows): (&str, &SheetChoice, u32),
        sheets: &mut dyn Sheets,
    ) -> Result<()> {
        let length = bytes.len() as u64;
        if length > FILE_MAX {
            return Err(too_big(name, Say::ReasonBigFile, &megabytes(FILE_MAX)));
        }
        let time = u64::try_from(self.time.0.as_millis()).unwrap_or(u64::MAX);
        let (name_sent, choice, memory) = (name.to_owned(), choice.clone(), self.memory.0);
        let order = Order { kind, name: name_sent, choice, rows, length, memory, time };
        let stopped = || Failure::new(Code::ReaderStopped).with("value", name);
        match self.run(&order, bytes, sheets) {
            Ok((Answer::Done, _)) => Ok(()),
            Ok((Answer::Refused(failure), _)) => Err(failure),
            Ok((Answer::TooMuch, _)) => Err(too_big(name, Say::ReasonBigText, &megabytes(TEXT_MAX))),
            Ok((Answer::Unwritable(error), _)) => Err(unwritable(name, &error)),
            Ok((Answer::Broken, true)) => {
                Err(stopped().with_say("reason", Say::ReasonReaderDied).with("expected", self.memory))
            }
            Ok((Answer::Broken, false)) => {
                Err(stopped().with_say("reason", Say::ReasonReaderTime).with("expected", self.time))
            }
            Err(error) => Err(stopped().with("reason", error)),
        }
    }

    /// Runs a child to its end; gives its answer and whether that ended in time.
    fn run(&self, order: &Order, bytes: &[u8], sheets: &mut dyn Sheets) -> io::Result<(Answer, bool)> {
        let mut command = Command::new(&self.program);
        command.arg(READER_COMMAND).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (question, answer) = (child.stdin.take(), child.stdout.take());
        let (Some(question), Some(answer)) = (question, answer) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (told, ended) = channel();
        let (choose, chosen) = channel();
        thread::scope(|scope| {
            // A child that ends before it has taken everything says why, or has died; both are its answer.
            scope.spawn(move || frames::ask(question, order, bytes, &chosen).ok());
            let receiving = scope.spawn(move || {
                let answer = frames::receive(answer, sheets, &choose);
                told.send(()).ok();
                answer
            });
            let in_time = ended.recv_timeout(self.time.0) != Err(RecvTimeoutError::Timeout);
            // It has answered, or died, or had its time: whatever it still does, nobody waits for it.
            child.kill().ok();
            child.wait()?;
            Ok((receiving.join().unwrap_or(Answer::Broken), in_time))
        })
    }
}

/// Serves as the reader that another process has started; its exit code means nothing, only its answer does.
pub fn serve() -> ExitCode {
    fn answer() -> io::Result<()> {
        let mut question = io::stdin();
        let order = frames::asked(&mut question)?;
        platform::limit_this_process(order.memory, Duration::from_millis(order.time))?;
        let mut workbook = Vec::new();
        (&mut question).take(order.length).read_to_end(&mut workbook)?;
        let mut out = FrameWriter::new(io::BufWriter::new(io::stdout()), question);
        let asked = (&*order.name, &order.choice, order.rows);
        let outcome = spreadsheet::read(order.kind, workbook, asked, &mut out);
        match outcome {
            // No thread could be started for want of memory: this reader has stopped, and its parent knows the limit.
            Err(failure) if failure.code == Code::ReaderStopped => Err(io::ErrorKind::OutOfMemory.into()),
            outcome => out.close(outcome),
        }
    }
    // There is nobody to tell: the answer that is not ended says it.
    if answer().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Collects the packed sheets as tables.
struct Tables<'s> {
    kind: Kind,
    name: &'s str,
    fit: Fit<'s>,
    spools: &'s Spools,
    open: Option<(String, Spool)>,
    whole: Vec<Table>,
}

impl Sheets for Tables<'_> {
    fn begin(&mut self, sheet: &str) -> io::Result<()> {
        self.open = Some((sheet.to_owned(), self.spools.begin()));
        Ok(())
    }

    fn end(&mut self, notes: SheetNotes, unread: Option<Failure>) -> io::Result<()> {
        let (sheet, spool) = self.open.take().ok_or(io::ErrorKind::InvalidData)?;
        let text = match &unread {
            None => Text::of(&spool.finish()?, 0).ok_or(io::ErrorKind::InvalidData)?,
            Some(_) => Text::from(""),
        };
        self.whole.push(Table { unread, ..Table::of_sheet(&sheet, self.kind.name(), (text, notes)) });
        Ok(())
    }

    fn choose(&mut self) -> Result<Vec<String>> {
        (self.fit.choose)(self.name, &std::mem::take(&mut self.whole))
    }
}

impl Write for Tables<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let (_, spool) = self.open.as_mut().ok_or(io::ErrorKind::InvalidData)?;
        spool.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
