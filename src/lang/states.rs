//! The stable words of the ledger and of the JSON as people say them: what a run is and where it stands, what became
//! of a chunk, what an answer meant.
//!
//! The words themselves never change; here is only what they are called. One that is not known is shown as it is.

use super::{Lang, Say};

type Words = [(&'static str, Say)];

const KINDS: &Words = &[
    ("load", Say::RunLoad),
    ("check", Say::RunCheck),
    ("corrected", Say::RunCorrected),
    ("retry", Say::RunRetry),
    ("retry-unknown", Say::RunRetryUnknown),
];

const RUNS: &Words = &[
    ("planning", Say::RunPlanning),
    ("planned", Say::RunPlanned),
    ("sending", Say::RunSending),
    ("stopped", Say::RunStopped),
    ("finished", Say::RunFinished),
    ("refused", Say::RunRefused),
];

const CHUNKS: &Words = &[
    ("planned", Say::ChunkPlanned),
    ("sending", Say::ChunkSending),
    ("settled", Say::ChunkSettled),
    ("unknown", Say::ChunkUnknown),
    ("split", Say::ChunkSplit),
];

const VERDICTS: &Words = &[
    ("answered", Say::VerdictAnswered),
    ("refused", Say::VerdictRefused),
    ("too-large", Say::VerdictTooLarge),
    ("not-now", Say::VerdictNotNow),
    ("quota-ended", Say::VerdictQuotaEnded),
    ("unknown", Say::VerdictUnknown),
    ("not-sent", Say::VerdictNotSent),
    ("token-refused", Say::VerdictTokenRefused),
    ("endpoint-refused", Say::VerdictEndpointRefused),
];

/// What a run is: `load`, `retry`…
pub fn run_kind(word: &str, lang: Lang) -> &str {
    said(KINDS, word, lang)
}

/// Where a run stands: `planned`, `finished`…
pub fn run_state(word: &str, lang: Lang) -> &str {
    said(RUNS, word, lang)
}

/// Where a chunk stands: `settled`, `unknown`…
pub fn chunk_state(word: &str, lang: Lang) -> &str {
    said(CHUNKS, word, lang)
}

/// What the answer to an attempt meant: `answered`, `not-now`…
pub fn verdict(word: &str, lang: Lang) -> &str {
    said(VERDICTS, word, lang)
}

/// What the ledger keeps of an attempt besides its verdict.
pub fn detail(text: &str, lang: Lang) -> String {
    match text.strip_suffix(" not accepted") {
        Some(count) if count.bytes().all(|byte| byte.is_ascii_digit()) => {
            Say::VerdictExcept.with(lang, &[("count", count)])
        }
        _ => super::foreign::of_answer(text, lang).into_owned(),
    }
}

fn said<'w>(words: &Words, word: &'w str, lang: Lang) -> &'w str {
    words.iter().find(|(known, _)| *known == word).map_or(word, |(_, say)| say.text(lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{RunKind, RunState};
    use crate::target::Verdict;

    #[test]
    fn every_word_of_the_ledger_is_said() {
        let text = String::new;
        let verdicts = [
            Verdict::Answered(Vec::new()),
            Verdict::Refused(text()),
            Verdict::TooLarge(text()),
            Verdict::NotNow(None, text()),
            Verdict::QuotaEnded(text()),
            Verdict::Unknown(crate::lang::Code::NoAnswer, text()),
            Verdict::NotSent(text()),
            Verdict::TokenRefused(text()),
            Verdict::EndpointRefused(crate::lang::Code::Redirected, text()),
        ];
        let kinds = RunKind::ALL.map(|kind| (kind.as_str(), run_kind(kind.as_str(), Lang::Es)));
        let states = RunState::ALL.map(|state| (state.as_str(), run_state(state.as_str(), Lang::Es)));
        let verdicts = verdicts.each_ref().map(|said| (said.word(), verdict(said.word(), Lang::Es)));
        for (word, said) in kinds.iter().chain(&states).chain(&verdicts) {
            assert_ne!(word, said);
        }
    }

    #[test]
    fn details_are_said_in_our_words() {
        assert_eq!(detail("1 not accepted", Lang::Es), "1 no aceptado");
        assert_eq!(detail("12 not accepted", Lang::En), "12 not accepted");
        assert_eq!(detail("texto del CRM not accepted", Lang::Es), "texto del CRM not accepted");
    }
}
