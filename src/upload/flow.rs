//! The flow of chunks: which are loaded ahead, which are under way, and which wait for their verdict to be on disk.
//!
//! Chunks are sent in their order, so many at once; halves of a split one come next. While requests are under way the
//! next chunks are loaded, as many as may be sent at once; and a chunk whose records were answered makes room for the
//! next one as soon as its verdict is handed in, which the ledger writes in that order. So neither the reading nor the
//! syncing of one chunk holds up another, and a chunk is still shown only when its verdict is on disk. Nothing here
//! decides what an answer means.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use crate::lang::Code;
use crate::ledger::{Outgoing, Scribe, Settling, Waiting};
use crate::problem::{Failure, Result};

use super::resolve::Filled;
use super::shared::Shared;
use super::{After, Event, Sender};

/// Where the sending of a chunk has led.
enum Sent {
    /// It was answered, and its verdict is being written.
    Answered { records: u64, settling: Settling },
    /// Nothing is left to be done for it, but for its halves where it was split.
    Done(Vec<Waiting>),
}

/// Chunks that wait, and those of them that were loaded ahead.
struct Queue {
    waiting: VecDeque<Waiting>,
    loading: HashSet<i64>,
    loaded: HashMap<i64, Outgoing>,
}

impl Queue {
    /// Those of the next few chunks that nobody loads yet; they count as being loaded from now on.
    fn take_unloaded(&mut self, ahead: usize) -> Vec<i64> {
        let next = self.waiting.iter().take(ahead).map(|(id, _)| *id);
        let (loading, loaded) = (&mut self.loading, &self.loaded);
        next.filter(|id| !loaded.contains_key(id) && loading.insert(*id)).collect()
    }

    fn add(&mut self, chunk: Outgoing) {
        self.loading.remove(&chunk.id);
        self.loaded.insert(chunk.id, chunk);
    }
}

impl Sender<'_> {
    /// Sends these chunks until all have come to their verdicts, or the run stops.
    pub(super) async fn send_all(&self, chunks: &[Waiting], shared: &Shared) -> Result<()> {
        let scribe = self.ledger.scribe(self.run);
        let (mut loads, mut under_way, mut settling) =
            (FuturesUnordered::new(), FuturesUnordered::new(), FuturesUnordered::new());
        let waiting = chunks.iter().copied().collect();
        let mut queue = Queue { waiting, loading: HashSet::new(), loaded: HashMap::new() };
        let mut sent_records = 0;
        loop {
            while under_way.len() < self.policy.concurrency && !shared.is_stopping() {
                let Some((id, records)) = queue.waiting.front().copied() else { break };
                if self.policy.limit_records.is_some_and(|limit| sent_records + records > limit) {
                    // What is under way may still be split, and its halves are within the limit.
                    if under_way.is_empty() {
                        let reached = Failure::new(Code::LimitReached).with("value", self.run);
                        shared.stop(reached.with("expected", self.policy.limit_records.unwrap_or_default()));
                    }
                    break;
                }
                let Some(chunk) = queue.loaded.remove(&id) else { break };
                queue.waiting.pop_front();
                sent_records += records;
                under_way.push(self.send_chunk(chunk, (shared, &scribe)));
            }
            // Those that are wanted while others are loaded are loaded together after them.
            if loads.is_empty() && !shared.is_stopping() {
                let next = queue.take_unloaded(self.policy.concurrency);
                if !next.is_empty() {
                    loads.push(async move { self.ledger.load_outgoing(&next).await });
                }
            }
            tokio::select! {
                biased;
                Some(sent) = under_way.next() => match sent.inspect_err(|failure| shared.stop(failure.clone()))? {
                    Sent::Answered { records, settling: verdict } => {
                        settling.push(async move { verdict.halves().await.map(|_none| records) });
                    }
                    // Halves are next, the first one first; their records were counted with the whole.
                    Sent::Done(halves) => {
                        halves.into_iter().rev().for_each(|(id, _)| queue.waiting.push_front((id, 0)));
                    }
                },
                Some(settled) = settling.next() => {
                    let records = settled.inspect_err(|failure: &Failure| shared.stop(failure.clone()))?;
                    (self.tell)(Event::Settled { records });
                }
                Some(chunks) = loads.next() => chunks?.into_iter().for_each(|chunk| queue.add(chunk)),
                else => return Ok(()),
            }
        }
    }

    /// Brings one chunk to a verdict, unless the run stops first; gives its halves when it was split instead.
    async fn send_chunk(&self, chunk: Outgoing, (shared, scribe): (&Shared, &Scribe)) -> Result<Sent> {
        let nothing = || Ok(Sent::Done(Vec::new()));
        let chunk = match self.fill(chunk).await? {
            Filled::Ready(chunk) => Arc::new(chunk),
            Filled::Rejected | Filled::Waits => return nothing(),
        };
        let is_too_large = shared.refusals.is_too_large(self.bytes(&chunk));
        if let Some(halves) = is_too_large.then(|| chunk.halves()).transpose()?.flatten() {
            (self.tell)(Event::Split);
            return self.ledger.split(self.run, &chunk, &halves).await.map(Sent::Done);
        }
        let mut attempts = 0;
        loop {
            let pass = shared.breaker.pass().await;
            if !self.may_send(shared).await {
                return nothing();
            }
            if !shared.breaker.still_lets(&pass) {
                continue;
            }
            attempts += 1;
            let (after, settling) = self.attempt(&chunk, (shared, scribe), attempts).await?;
            let records = chunk.record_count() as u64;
            match after {
                After::Answered => return Ok(Sent::Answered { records, settling }),
                After::Again => drop(settling.halves().await?),
                After::Done => {
                    let halves = settling.halves().await?;
                    let event = if halves.is_empty() { Event::Settled { records } } else { Event::Split };
                    (self.tell)(event);
                    return Ok(Sent::Done(halves));
                }
            }
        }
    }
}
