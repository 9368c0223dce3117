//! What object_store says went wrong, in words for people.
//!
//! Its own messages hold the whole address, with what may be secret in it; only their last cause,
//! which does not, is taken over.

use object_store::Error;

use super::super::Unreachable;
use super::store::{Kind, Place, Step};

/// Characters of a server's words that are shown.
const SHOWN: usize = 200;

impl Place {
    /// An error of this place, to stand behind "cannot read …".
    pub(super) fn explained(&self, error: &Error, step: Step) -> Unreachable {
        let mut words = words(self.kind, error);
        if step == Step::Reading {
            words.push_str("; what is loaded stays, the same command goes on there");
        }
        Unreachable(words)
    }
}

fn words(kind: Kind, error: &Error) -> String {
    let cause = cause(error);
    match (error, kind) {
        (Error::NotFound { .. }, Kind::Web) => {
            "there is no such file (404); is the address right?".to_owned()
        }
        (Error::NotFound { .. }, Kind::S3) => {
            format!("there is no such file or bucket ({cause}); is the address right?")
        }
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::Web) => {
            let status = match error {
                Error::Unauthenticated { .. } => 401,
                _ => 403,
            };
            format!(
                "the server does not give it out ({status}); a signed address may have expired, and REVIEWSEED_HTTP_AUTHORIZATION in the \
                 environment is sent as the Authorization header"
            )
        }
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::S3) => format!(
            "S3 does not give it out ({cause}); AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION say who asks and where, \
             AWS_SKIP_SIGNATURE=true is for public buckets"
        ),
        (Error::NotSupported { .. }, _) => {
            "its server sends files as a whole only, and parts of it are asked for; fetch it first, or pipe it: curl … | reviewseed … - --table TABLE"
                .to_owned()
        }
        (_, Kind::Web) => format!("{cause}; is the address right, and the server up?"),
        (_, Kind::S3) => format!(
            "{cause}; AWS_REGION and AWS_ENDPOINT_URL say where S3 is, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY who asks"
        ),
    }
}

/// The last cause; of S3's XML, its code and message.
fn cause(error: &Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    let text = last.to_string();
    let within = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once("</")?.0.trim().trim_end_matches('.'))
    };
    let text = match (within("Code"), within("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
