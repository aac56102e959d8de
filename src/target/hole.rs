//! A hole in a record's fragment: the CRM's own id, which is not in the file and is looked up before the record is sent.
//!
//! It stands in the place of the id as `{"$lookup":"…"}` with the Identification to look for. A text never looks so,
//! because the quotes within a text are escaped. The fragment is kept as it was planned; only what is sent is filled.

use serde_json::Value;

use super::json::push_json;

const OPENING: &[u8] = b"{\"$lookup\":";
const KEY: &str = "$lookup";

/// Appends a hole for an Identification.
pub(super) fn push(identification: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(OPENING);
    push_json(identification, out);
    out.push(b'}');
}

/// The Identification that a fragment's hole asks for; none where it has no hole.
pub fn wanted(fragment: &[u8]) -> Option<String> {
    let (start, end) = bounds(fragment)?;
    serde_json::from_slice(&fragment[start + OPENING.len()..end - 1]).ok()
}

/// The fragment with this id in its hole.
pub fn filled(fragment: &[u8], id: &str) -> Vec<u8> {
    let Some((start, end)) = bounds(fragment) else { return fragment.to_vec() };
    let mut whole = fragment[..start].to_vec();
    push_json(id, &mut whole);
    whole.extend_from_slice(&fragment[end..]);
    whole
}

/// Puts words for a person in the place of each hole of a body; gives whether there was one.
pub fn told(body: &mut Value, words: &dyn Fn(&str) -> String) -> bool {
    match body {
        Value::Object(map) => match map.get(KEY) {
            Some(Value::String(identification)) if map.len() == 1 => {
                *body = Value::String(words(identification));
                true
            }
            _ => map.values_mut().fold(false, |any, inner| told(inner, words) | any),
        },
        Value::Array(list) => list.iter_mut().fold(false, |any, inner| told(inner, words) | any),
        _ => false,
    }
}

/// Where the hole begins and ends.
fn bounds(fragment: &[u8]) -> Option<(usize, usize)> {
    let start = memchr::memmem::find(fragment, OPENING)?;
    let text = &fragment[start + OPENING.len()..];
    let mut escaped = false;
    let close = text.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    })?;
    // The two quotes, and the brace behind them.
    Some((start, start + OPENING.len() + close + 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fragment_without_a_hole_stays_as_it_is() {
        for fragment in [r#"{"a":"b"}"#, r#"{"a":"{\"$lookup\":\"1\"}"}"#, "", r#"{"$lookup":"1"#] {
            assert_eq!(wanted(fragment.as_bytes()), None, "{fragment}");
            assert_eq!(filled(fragment.as_bytes(), "x"), fragment.as_bytes());
        }
    }

    #[test]
    fn a_hole_is_told_in_words() {
        let words = |value: &str| format!("id of {value}");
        let mut body = serde_json::json!({"a": [{"id": {"$lookup": "12"}}], "b": {"$lookup": "1", "c": "2"}});
        assert!(told(&mut body, &words));
        assert_eq!(body, serde_json::json!({"a": [{"id": "id of 12"}], "b": {"$lookup": "1", "c": "2"}}));
        assert!(!told(&mut body, &words));
    }

    proptest! {
        #[test]
        fn a_hole_is_found_and_filled_whatever_stands_around_it(before in ".{0,12}", value in ".{0,12}", behind in ".{0,12}", id in ".{0,12}") {
            let mut fragment = b"{\"a\":".to_vec();
            push_json(&before, &mut fragment);
            fragment.extend_from_slice(b",\"id\":");
            push(&value, &mut fragment);
            fragment.extend_from_slice(b",\"b\":");
            push_json(&behind, &mut fragment);
            fragment.push(b'}');
            prop_assert_eq!(wanted(&fragment), Some(value));
            let whole: serde_json::Value = serde_json::from_slice(&filled(&fragment, &id)).unwrap();
            prop_assert_eq!(whole, serde_json::json!({"a": before, "id": id, "b": behind}));
        }
    }
}
