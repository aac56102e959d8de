//! The pace as the server sees it: never more than asked for, and almost all of it used.

use crate::support::workdir::Workdir;

#[test]
fn no_second_holds_more_requests_than_the_pace_allows() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 200);
    for (rate, burst) in [(20u64, 1u64), (20, 5)] {
        let store = format!("crm-{burst}");
        let crm = dir.spawn_sandbox_in(&store, &[]);
        let (rate_text, burst_text) = (format!("{rate}/s"), burst.to_string());
        let out = dir.run_with_token(&crm.load(&[
            "--chunk-size",
            "2",
            "--concurrency",
            "4",
            "--rate",
            &rate_text,
            "--burst",
            &burst_text,
            "--again",
        ]));
        assert_eq!(out.code, 0, "{}", out.stderr);
        let at: Vec<u64> = crm.requests().iter().map(|request| request.at_us).collect();
        assert_eq!(at.len(), 100);
        for (first, start) in at.iter().enumerate() {
            let in_second =
                at[first..].iter().take_while(|arrived| **arrived < start + 1_000_000).count() as u64;
            assert!(
                in_second <= rate + burst + 1,
                "{in_second} requests in a second at {rate}/s, burst {burst}"
            );
        }
        // The first `burst` leave at once; the others one by one.
        let took = at[at.len() - 1] - at[0];
        let ideal = (100 - burst) * 1_000_000 / rate;
        assert!(ideal * 100 >= took * 95, "{took} µs for what takes {ideal} µs at {rate}/s");
    }
}
