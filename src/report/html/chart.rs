//! The timeline of an upload as a chart of bars: how many calls left in each stretch of time, and what came of them.
//!
//! The picture is drawn here, without a library; what it shows stands beside it as a table too.

use std::time::Duration;

use jiff::Timestamp;

use super::{Case, Html};
use crate::lang::Say;
use crate::lang::interface::duration;
use crate::ledger::Departure;

/// Most bars of a chart.
const BARS: u64 = 48;
/// The chart's own units: a bar's room, and the height of the tallest.
const ROOM: u64 = 10;
const HEIGHT: u64 = 100;
/// The shortest wait between two calls that is told as a pause.
const PAUSE: Duration = Duration::from_secs(5);

/// What came of a call: answered, answered when it was repeated, refused or put off, unknown.
const KINDS: usize = 4;
const BAR_TAGS: [&str; KINDS] = [
    "<rect class=\"answered\" x=\"",
    "<rect class=\"repeated\" x=\"",
    "<rect class=\"refused\" x=\"",
    "<rect class=\"unknown\" x=\"",
];
const KEY_TAGS: [&str; KINDS] = [
    "<li><span class=\"key answered\"></span>",
    "<li><span class=\"key repeated\"></span>",
    "<li><span class=\"key refused\"></span>",
    "<li><span class=\"key unknown\"></span>",
];

/// The calls of a run by stretches of time.
#[derive(Debug, PartialEq, Eq)]
struct Timeline {
    start: Timestamp,
    end: Timestamp,
    /// Seconds of a stretch.
    stretch: u64,
    bars: Vec<[u64; KINDS]>,
    /// The longest pause, and when it began.
    pause: Option<(Timestamp, Duration)>,
}

fn kind(departure: &Departure) -> usize {
    match departure.verdict.as_deref() {
        Some("answered") if departure.repeats => 1,
        Some("answered") => 0,
        Some("unknown") | None => 3,
        Some(_) => 2,
    }
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

impl Timeline {
    fn of(departures: &[Departure]) -> Option<Timeline> {
        let start = departures.iter().map(|departure| departure.left).min()?;
        let ends = departures.iter().filter_map(|departure| departure.settled);
        let end = ends.chain(departures.iter().map(|departure| departure.left)).max()?;
        let seconds = between(start, end).as_secs() + 1;
        let stretch = seconds.div_ceil(BARS);
        let mut bars = vec![[0; KINDS]; usize::try_from(seconds.div_ceil(stretch)).unwrap_or(1)];
        for departure in departures {
            let at = between(start, departure.left).as_secs() / stretch;
            let at = usize::try_from(at).unwrap_or_default().min(bars.len() - 1);
            bars[at][kind(departure)] += 1;
        }
        let waits = departures.windows(2).map(|two| (two[0].left, between(two[0].left, two[1].left)));
        let pause = waits.max_by_key(|(_, wait)| *wait).filter(|(_, wait)| *wait >= PAUSE);
        Some(Timeline { start, end, stretch, bars, pause })
    }

    fn peak(&self) -> u64 {
        self.bars.iter().map(|bar| bar.iter().sum()).max().unwrap_or_default()
    }

    fn total(&self, kind: usize) -> u64 {
        self.bars.iter().map(|bar| bar[kind]).sum()
    }
}

/// Writes the part of the page about the sending; nothing where nothing was sent.
pub(super) fn upload(html: &mut Html, case: &Case<'_>) {
    let Some(timeline) = Timeline::of(case.departures) else { return };
    html.tagged(
        "<section aria-labelledby=\"time\">\n<h2 id=\"time\">",
        case.say(Say::PageTimeHead),
        "</h2>\n",
    );
    words(html, case, &timeline);
    picture(html, case, &timeline);
    keys(html, case, &timeline);
    table(html, case, &timeline);
    html.raw("</section>\n");
}

fn words(html: &mut Html, case: &Case<'_>, timeline: &Timeline) {
    let lang = case.lang;
    let time = between(timeline.start, timeline.end);
    #[expect(clippy::cast_precision_loss, reason = "a pace is shown with one decimal place")]
    let pace = case.departures.len() as f64 * 60.0 / time.as_secs_f64().max(1.0);
    let values = [
        ("requests", lang.count(case.departures.len() as u64)),
        ("time", duration(lang, time.max(Duration::from_secs(1)))),
        ("pace", lang.decimal(pace, 1)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    html.tagged("<p>", &Say::PageTimeLine.with(lang, &values), "");
    if let Some((at, pause)) = timeline.pause {
        let values = [("time", duration(lang, pause)), ("at", lang.clock(at, case.zone))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        html.tagged(" ", &Say::PageTimePause.with(lang, &values), "");
    }
    html.raw("</p>\n");
}

/// The bars. Words are not drawn, so that they keep their size on a small screen.
fn picture(html: &mut Html, case: &Case<'_>, timeline: &Timeline) {
    let lang = case.lang;
    let peak = timeline.peak().max(1);
    let stretch = duration(lang, Duration::from_secs(timeline.stretch));
    let tallest = Say::PageTimePeak.with(lang, &[("count", &lang.count(peak)), ("time", &stretch)]);
    html.raw("<figure>\n").tagged("<p class=\"axis\"><span>", &tallest, "</span></p>\n");
    let width = (timeline.bars.len() as u64 * ROOM).to_string();
    html.raw("<svg viewBox=\"0 0 ")
        .text(&width)
        .raw(" 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    html.text(case.say(Say::PageTimeHead)).raw("\">\n");
    for (bar, at) in timeline.bars.iter().zip(0u64..) {
        let mut below = 0;
        for (kind, count) in bar.iter().enumerate().filter(|(_, count)| **count > 0) {
            // Heights are of the running sum, so that rounding never leaves a gap between two parts.
            let (from, to) = (below * HEIGHT / peak, (below + count) * HEIGHT / peak);
            let from = from.min(to.saturating_sub(1));
            below += count;
            html.raw(BAR_TAGS[kind]).text(&(at * ROOM + 1).to_string()).raw("\" y=\"");
            html.text(&(HEIGHT - to).to_string()).raw("\" width=\"8\" height=\"");
            html.text(&(to - from).to_string()).raw("\"/>\n");
        }
    }
    html.raw("</svg>\n").tagged(
        "<p class=\"axis\"><span>",
        &lang.clock(timeline.start, case.zone),
        "</span>",
    );
    html.tagged("<span>", &lang.clock(timeline.end, case.zone), "</span></p>\n</figure>\n");
}

fn keys(html: &mut Html, case: &Case<'_>, timeline: &Timeline) {
    html.raw("<ul class=\"keys\">\n");
    for (name, kind) in case.say(Say::PageTimeHeading).split('|').skip(1).zip(0..KINDS) {
        let count = case.lang.count(timeline.total(kind));
        html.raw(KEY_TAGS[kind]).text(&format!("{name}: {count}")).raw("</li>\n");
    }
    html.raw("</ul>\n");
}

fn table(html: &mut Html, case: &Case<'_>, timeline: &Timeline) {
    html.tagged("<details>\n<summary>", case.say(Say::PageTimeTable), "</summary>\n");
    html.begin_table(case.say(Say::PageTimeTable));
    html.heading(case.say(Say::PageTimeHeading), &[1, 2, 3, 4]).raw("<tbody>\n");
    for (bar, at) in timeline.bars.iter().zip(0u64..).filter(|(bar, _)| **bar != [0; KINDS]) {
        let from = timeline.start + Duration::from_secs(at * timeline.stretch);
        html.tagged("<tr><th scope=\"row\">", &case.lang.clock(from, case.zone), "</th>");
        for count in bar {
            html.tagged("<td class=\"n\">", &case.lang.count(*count), "</td>");
        }
        html.raw("</tr>\n");
    }
    html.end_table().raw("</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(left: i64, verdict: Option<&str>, repeats: bool) -> Departure {
        let left = Timestamp::from_second(1_800_000_000 + left).unwrap();
        let settled = verdict.map(|_| left + Duration::from_millis(300));
        Departure { left, settled, verdict: verdict.map(str::to_owned), repeats }
    }

    #[test]
    fn every_call_stands_in_one_bar() {
        assert_eq!(Timeline::of(&[]), None);
        let calls = [
            departure(0, Some("answered"), false),
            departure(1, Some("not-now"), false),
            departure(31, Some("answered"), true),
            departure(32, None, false),
            departure(200, Some("unknown"), false),
        ];
        let timeline = Timeline::of(&calls).unwrap();
        assert_eq!((timeline.stretch, timeline.bars.len(), timeline.peak()), (5, 41, 2));
        assert_eq!([0, 1, 2, 3].map(|kind| timeline.total(kind)), [1, 1, 1, 2]);
        assert_eq!(timeline.pause, Some((calls[3].left, Duration::from_secs(168))));
        let long: Vec<Departure> = (0..100_000).map(|at| departure(at, Some("answered"), false)).collect();
        let timeline = Timeline::of(&long).unwrap();
        assert!(timeline.bars.len() as u64 <= BARS);
        assert_eq!((timeline.total(0), timeline.pause), (100_000, None));
        let alone = Timeline::of(&calls[..1]).unwrap();
        assert_eq!((alone.bars.len(), alone.stretch), (1, 1));
    }
}
