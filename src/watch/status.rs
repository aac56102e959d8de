//! The watcher's health as JSON, for a monitor or a person. It holds names of files and counts, nothing out of a file.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::delivery::Delivery;
use super::memory::Memory;
use super::settings::Watch;

/// How a watch stands; each delivery with whether its load is under way.
pub fn of_watch<'d>(
    (watch, memory): (&Watch, &Memory),
    deliveries: impl Iterator<Item = (&'d Delivery, bool)>,
    now: Timestamp,
) -> Value {
    let (mut loading, mut waiting, mut person, mut queued) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (delivery, under_way) in deliveries {
        let journal = &delivery.journal;
        let file = json!({
            "file": journal.name, "folder": delivery.folder, "run": journal.ended.run,
            "code": journal.ended.code, "since": journal.taken_at, "not_before": journal.not_before,
        });
        match () {
            () if under_way => loading.push(file),
            () if journal.said_on.is_some() => person.push(file),
            () if journal.not_before.is_some_and(|at| at > now) => waiting.push(file),
            () => queued += 1,
        }
    }
    person.extend(memory.held.iter().map(|held| {
        json!({
            "file": held.file, "folder": held.folder, "run": held.run, "code": "held", "since": held.since,
            "not_before": null,
        })
    }));
    json!({
        "name": watch.name,
        "folder": watch.folder,
        "last_arrival": memory.last_arrival,
        "last_success": memory.last_success,
        "last_failure": memory.last_failure,
        "next_due": watch.calendar.next_due(now),
        "opens_at": watch.calendar.opens(now),
        "loading": loading,
        "queued": queued,
        "waiting": waiting,
        "waiting_for_person": person,
    })
}

/// How everything stands.
pub fn of_all(watches: &[Value], messages_waiting: usize, now: Timestamp) -> Value {
    json!({ "at": now, "messages_waiting": messages_waiting, "watches": watches })
}
