//! Work cut into parts that are done side by side and handed on in their order.
//!
//! Whoever hands on is one thread, the caller's, and what it sees is as if it had done all the work itself. There is
//! room for so many results and no more, and the room is used again. A machine that starts fewer threads than it is
//! asked for, or none, does the same work with those. Nothing here knows what the work is.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::iter::Enumerate;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, Builder};

/// Most threads: beyond that, what one thread hands on is what takes the time.
const HANDS_MAX: usize = 8;
/// Results that a thread may have under way: the one that it works on, and one that waits to be handed on.
const ROOM: usize = 2;

/// How many threads this machine runs at the same time.
pub(crate) fn hands() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(HANDS_MAX)
}

/// Does two things: one of them aside, where there are several hands and a thread can be started for it.
pub(crate) fn both<A: Send, H>(
    hands: usize,
    aside: impl Fn() -> A + Sync,
    here: impl FnOnce() -> H,
) -> (A, H) {
    thread::scope(|scope| {
        let started = (hands > 1).then(|| Builder::new().spawn_scoped(scope, &aside).ok()).flatten();
        let here = here();
        let aside = match started {
            Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => aside(),
        };
        (aside, here)
    })
}

/// Name of the threads whose panic is an answer.
const GUARDED: &str = "guarded";
/// The stack of such a thread: a library that recurses into what it is given needs more than the usual one.
const GUARDED_STACK: usize = 16 << 20;

/// Why a library has not done its work.
#[derive(Debug)]
pub(crate) enum Undone {
    /// It has panicked with these words; some libraries have no other way to say that a file is damaged or a disk is full.
    Panicked(String),
    /// No thread could be started for it.
    NotBegun(io::Error),
}

/// Lets a library do some work in a thread of its own, so that its panic ends nothing else and is told by whoever asked
/// for the work. The usual message would speak of a bug of ours.
///
/// # Errors
/// See [`Undone`].
pub(crate) fn guarded<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Undone> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some(GUARDED) {
                usual(info);
            }
        }));
    });
    thread::scope(|scope| {
        let thread = Builder::new().name(GUARDED.to_owned()).stack_size(GUARDED_STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(Undone::NotBegun)?;
        thread.join().map_err(|panic| Undone::Panicked(words_of(panic.as_ref())))
    })
}

/// What a panic says.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let fixed = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    fixed.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Does the parts of some work with so many hands, each of which begins as `begin` says. `take` is given the results
/// one after the other, in the order of the parts and in this thread, and leaves them to be filled again. Gives what
/// each hand ended with, in no order.
///
/// # Errors
/// What `take` fails with; no further part is begun then.
///
/// # Panics
/// As the work does, wherever it was done.
pub(crate) fn in_order<P: Send, R: Default + Send, H: Send, E>(
    hands: usize,
    parts: impl Iterator<Item = P> + Send,
    begin: impl Fn() -> H,
    work: impl Fn(&mut H, P, &mut R) + Sync,
    mut take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<Vec<H>, E> {
    let (room, rooms) = channel();
    let queue = Mutex::new(Queue { parts: parts.enumerate(), rooms });
    let toil = |mut hand: H, done: &Sender<Done<R>>| {
        // Whoever waits for room keeps the others waiting, who would find none either.
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((place, part, mut result)) = next() {
            work(&mut hand, part, &mut result);
            if done.send(Ok((place, result))).is_err() {
                break;
            }
        }
        hand
    };
    let side_by_side = thread::scope(|scope| {
        // The threads go on as long as they can be given room; it ends with this closure, before they are waited for.
        let room = room;
        let (done, results) = channel();
        let start = |_| {
            let (toil, hand, done) = (&toil, begin(), done.clone());
            let guarded = move || match catch_unwind(AssertUnwindSafe(|| toil(hand, &done))) {
                Ok(hand) => Some(hand),
                // Where nobody listens any more, another one has panicked before.
                Err(panic) => {
                    done.send(Err(panic)).ok();
                    None
                }
            };
            Builder::new().spawn_scoped(scope, guarded).ok()
        };
        let started: Vec<_> = (0..hands).filter(|_| hands > 1).map_while(start).collect();
        drop(done);
        if started.is_empty() {
            return None;
        }
        (0..started.len() * ROOM).for_each(|_| give_back(&room, R::default()));
        let handed_on = hand_on(&results, &room, &mut take);
        let hands = || started.into_iter().filter_map(|thread| thread.join().ok().flatten()).collect();
        Some(handed_on.map(|()| hands()))
    });
    if let Some(done) = side_by_side {
        return done;
    }
    let (mut hand, mut result) = (begin(), R::default());
    for (_, part) in queue.into_inner().unwrap_or_else(PoisonError::into_inner).parts {
        work(&mut hand, part, &mut result);
        take(&mut result)?;
    }
    Ok(vec![hand])
}

/// The parts that nobody has begun, and room for their results.
struct Queue<I, R> {
    parts: Enumerate<I>,
    rooms: Receiver<R>,
}

impl<P, R, I: Iterator<Item = P>> Queue<I, R> {
    /// The next part, with its place among all of them, once there is room for its result.
    fn next(&mut self) -> Option<(usize, P, R)> {
        let room = self.rooms.recv().ok()?;
        let (place, part) = self.parts.next()?;
        Some((place, part, room))
    }
}

/// The result of the part at a place, or the panic that ended a hand.
type Done<R> = Result<(usize, R), Box<dyn Any + Send>>;

/// Gives results to `take` in the order of their parts, until all hands have ended.
fn hand_on<R, E>(
    results: &Receiver<Done<R>>,
    room: &Sender<R>,
    mut take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    let (mut early, mut next) = (BTreeMap::new(), 0);
    for done in results {
        let (place, result) = done.unwrap_or_else(|panic| resume_unwind(panic));
        early.insert(place, result);
        while let Some(mut result) = early.remove(&next) {
            take(&mut result)?;
            give_back(room, result);
            next += 1;
        }
    }
    Ok(())
}

/// Makes room for another result.
fn give_back<R>(room: &Sender<R>, result: R) {
    room.send(result).expect("the queue that it goes to outlives every thread");
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Squares numbers, and notes in each hand how many it has done.
    fn squares(hands: usize, parts: u64, stop_at: Option<u64>) -> Result<(Vec<u64>, u64), u64> {
        let mut taken = Vec::new();
        let work = |done: &mut u64, part: u64, result: &mut Vec<u64>| {
            *done += 1;
            result.push(part * part);
        };
        let ended = in_order(
            hands,
            0..parts,
            || 0,
            work,
            |result| {
                let next = result.pop().unwrap();
                assert!(result.is_empty(), "it was taken away the last time");
                taken.push(next);
                if Some(next) == stop_at { Err(next) } else { Ok(()) }
            },
        );
        ended.map(|done| (taken, done.iter().sum()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn results_come_in_the_order_of_their_parts(hands in 0usize..6, parts in 0u64..60) {
            let expected: Vec<u64> = (0..parts).map(|part| part * part).collect();
            prop_assert_eq!(squares(hands, parts, None), Ok((expected, parts)));
        }

        #[test]
        fn an_early_end_begins_nothing_more(hands in 1usize..6, parts in 1u64..60, at in 0u64..60) {
            let at = at.min(parts - 1);
            let begun = AtomicUsize::new(0);
            let work = |(): &mut (), part: u64, result: &mut u64| {
                begun.fetch_add(1, Ordering::Relaxed);
                *result = part;
            };
            let ended = in_order(hands, 0..parts, || (), work, |result| if *result == at { Err(*result) } else { Ok(()) });
            prop_assert_eq!(ended, Err(at));
            let most = usize::try_from(at).unwrap() + hands.max(1) * ROOM;
            prop_assert!(begun.into_inner() <= most);
        }
    }

    #[test]
    fn there_is_no_more_under_way_than_there_is_room_for() {
        let (hands, under_way, most) = (4, AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |(): &mut (), _: u32, (): &mut ()| {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        };
        let take = |(): &mut ()| -> Result<(), ()> {
            under_way.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        in_order(hands, 0..500, || (), work, take).unwrap();
        assert!((1..=hands * ROOM).contains(&most.into_inner()));
    }

    #[test]
    fn a_panic_comes_out_wherever_it_was() {
        for (hands, in_work, in_take) in
            [(1, true, false), (1, false, true), (2, true, false), (2, false, true), (5, true, false)]
        {
            let work = |(): &mut (), part: u32, result: &mut u32| {
                assert!(!in_work || part != 7, "in the work");
                *result = part;
            };
            let take = |result: &mut u32| -> Result<(), ()> {
                assert!(!in_take || *result != 5, "where it is taken");
                Ok(())
            };
            let ended = catch_unwind(AssertUnwindSafe(|| in_order(hands, 0..100, || (), work, take)));
            let panic = ended.unwrap_err();
            let said = panic.downcast_ref::<&str>().unwrap();
            assert_eq!(*said, if in_take { "where it is taken" } else { "in the work" });
        }
    }

    #[test]
    fn what_is_done_aside_comes_back() {
        for hands in [1, 2] {
            let own = thread::current().id();
            let (aside, here) = both(hands, || thread::current().id(), || thread::current().id());
            assert_eq!((aside == own, here == own), (hands == 1, true));
            let ended = catch_unwind(|| both(hands, || panic!("aside"), || 2));
            assert_eq!(*ended.unwrap_err().downcast_ref::<&str>().unwrap(), "aside");
        }
    }

    #[test]
    fn a_library_that_panics_has_said_why() {
        let words = |undone: Result<(), Undone>| match undone {
            Err(Undone::Panicked(words)) => words,
            other => panic!("{other:?}"),
        };
        // As the system's errors show themselves to programmers.
        let said = words(guarded(|| drop(std::fs::File::open("no-such-file").unwrap())));
        assert!(said.contains("kind: NotFound"), "{said}");
        assert_eq!(words(guarded(|| panic!("fixed"))), "fixed");
        assert_eq!(guarded(|| 7).unwrap(), 7);
    }
}
