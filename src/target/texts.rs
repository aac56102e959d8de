//! What the CRM's sentences mean, in Spanish and in English: wait, come back another day, or renew the token.
//!
//! The documents list error codes without their messages, and its sister product answers a spent quota and a bad
//! token with the same 403. Only the words tell them apart, so the words stand in one table. Texts are compared
//! without case, accents and punctuation. What is not in the table means nothing here; nobody guesses.

use crate::mapping::names;

/// What a sentence asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Come back later: a pace, or a limit that does not say of what.
    Later,
    /// The day's calls of the token are used up.
    DayOver,
    /// The token is not good, or not for this.
    BadToken,
    /// An earlier request is still being worked on.
    InProgress,
}

/// A piece of a sentence, what it means, and whether that is sure under any status. The others may stand in a
/// refusal of some record's value ("the limit of characters") and count under 401 and 403 alone.
struct Text(&'static str, Meaning, bool);

#[rustfmt::skip]
const TEXTS: [Text; 53] = [
    Text("simultaneous requests", Meaning::Later, true),
    Text("solicitudes simultaneas", Meaning::Later, true),
    Text("peticiones simultaneas", Meaning::Later, true),
    Text("rate limit", Meaning::Later, true),
    Text("too many requests", Meaning::Later, true),
    Text("demasiadas peticiones", Meaning::Later, true),
    Text("demasiadas solicitudes", Meaning::Later, true),
    Text("limite de peticiones", Meaning::Later, true),
    Text("limite de solicitudes", Meaning::Later, true),
    Text("limite de consumo", Meaning::Later, true),
    Text("per minute", Meaning::Later, true),
    Text("por minuto", Meaning::Later, true),
    Text("per second", Meaning::Later, true),
    Text("por segundo", Meaning::Later, true),
    Text("token limit", Meaning::DayOver, true),
    Text("limite del token", Meaning::DayOver, true),
    Text("limite de token", Meaning::DayOver, true),
    Text("limite diario", Meaning::DayOver, true),
    Text("daily limit", Meaning::DayOver, true),
    Text("daily quota", Meaning::DayOver, true),
    Text("cuota diaria", Meaning::DayOver, true),
    Text("limit exceeded", Meaning::Later, false),
    Text("exceeds the limit", Meaning::Later, false),
    Text("quota", Meaning::Later, false),
    Text("cuota", Meaning::Later, false),
    Text("limite de", Meaning::Later, false),
    Text("limite excedido", Meaning::Later, false),
    Text("excede el limite", Meaning::Later, false),
    Text("try again later", Meaning::Later, false),
    Text("intente mas tarde", Meaning::Later, false),
    Text("validate token", Meaning::BadToken, true),
    Text("invalid token", Meaning::BadToken, true),
    Text("token invalid", Meaning::BadToken, true),
    Text("enter the wolkvox token", Meaning::BadToken, true),
    Text("token expired", Meaning::BadToken, true),
    Text("expired token", Meaning::BadToken, true),
    Text("token vencido", Meaning::BadToken, true),
    Text("token expirado", Meaning::BadToken, true),
    Text("token caducado", Meaning::BadToken, true),
    Text("token inactivo", Meaning::BadToken, true),
    Text("valide el token", Meaning::BadToken, true),
    Text("validar el token", Meaning::BadToken, true),
    Text("ingrese el token", Meaning::BadToken, true),
    Text("wolkvox token", Meaning::BadToken, false),
    Text("token no", Meaning::BadToken, false),
    Text("unauthorized", Meaning::BadToken, false),
    Text("no autorizado", Meaning::BadToken, false),
    Text("permission", Meaning::BadToken, false),
    Text("permiso", Meaning::BadToken, false),
    Text("access denied", Meaning::BadToken, false),
    Text("acceso denegado", Meaning::BadToken, false),
    Text("in progress", Meaning::InProgress, false),
    Text("en proceso", Meaning::InProgress, false),
];

/// What a sentence means under a status; nothing where the table does not know it. A limit is looked for first:
/// a sentence that names both the token and its limit speaks of the limit; and of limits, the one that passes soon.
pub(super) fn meaning(said: &str, status: u16) -> Option<Meaning> {
    let said = names::normal(said);
    let about_the_caller = matches!(status, 401 | 403);
    let counts = |text: &Text| match text.1 {
        Meaning::InProgress => status == 409,
        _ => text.2 || about_the_caller,
    };
    TEXTS.iter().filter(|text| counts(text)).find(|text| said.contains(text.0)).map(|text| text.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_they_are_compared() {
        for text in TEXTS {
            assert_eq!(names::normal(text.0), text.0);
        }
    }

    #[test]
    fn a_sentence_about_a_value_is_no_sentence_about_the_caller() {
        assert_eq!(meaning("El campo Name supera el límite de caracteres", 400), None);
        assert_eq!(meaning("Límite de peticiones alcanzado", 400), Some(Meaning::Later));
        assert_eq!(meaning("¡TOKEN LIMIT EXCEEDED!", 403), Some(Meaning::DayOver));
        assert_eq!(meaning("Límite diario de peticiones alcanzado", 429), Some(Meaning::DayOver));
        assert_eq!(meaning("Token limit exceeded: 60 calls per minute", 403), Some(Meaning::Later));
        assert_eq!(
            meaning("EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)", 403),
            Some(Meaning::Later)
        );
        assert_eq!(meaning("Please, validate token.", 403), Some(Meaning::BadToken));
        assert_eq!(meaning("no tiene permisos", 403), Some(Meaning::BadToken));
        assert_eq!(meaning("no tiene permisos", 400), None);
        assert_eq!(meaning("another request is in progress", 409), Some(Meaning::InProgress));
    }
}
