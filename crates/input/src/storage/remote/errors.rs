//! Messages for the errors of object_store.
//!
//! Most messages of object_store contain the whole address, which may be secret. The last cause of
//! an error does not contain the address, so only that cause is shown.

use object_store::Error;

use super::super::Unreachable;
use super::store::{Kind, Place, Step};

/// Maximum number of characters of a server's message in our message.
const SHOWN: usize = 200;

impl Place {
    /// The message for an error. It follows "cannot read …".
    pub(super) fn described(&self, error: &Error, step: Step) -> Unreachable {
        let mut message = message(self.kind, error);
        if step == Step::Reading {
            message.push_str("; run the same command again: `seed` resumes its run");
        }
        Unreachable(message)
    }
}

fn message(kind: Kind, error: &Error) -> String {
    let cause = cause(error);
    match (error, kind) {
        (Error::NotFound { .. }, Kind::Web) => {
            "there is no such file (404); check the address".to_owned()
        }
        (Error::NotFound { .. }, _) => {
            format!("there is no such file or bucket ({cause}); check the address")
        }
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::Web) => {
            let status = match error {
                Error::Unauthenticated { .. } => 401,
                _ => 403,
            };
            format!(
                "the server denied access ({status}); if the address is signed, it may have expired: get a new one; or set \
                 REVIEWSEED_HTTP_AUTHORIZATION in the environment, which is sent as the Authorization header"
            )
        }
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::S3) => format!(
            "S3 denied access ({cause}); set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION, or \
             AWS_SKIP_SIGNATURE=true for a public bucket"
        ),
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::Google) => format!(
            "Google Cloud Storage denied access ({cause}); set GOOGLE_APPLICATION_CREDENTIALS or \
             GOOGLE_SERVICE_ACCOUNT, or GOOGLE_SKIP_SIGNATURE=true for a public bucket"
        ),
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, Kind::Azure) => format!(
            "Azure denied access ({cause}); set AZURE_STORAGE_ACCOUNT_NAME and \
             AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or AZURE_SKIP_SIGNATURE=true \
             for a public container"
        ),
        (Error::NotSupported { .. }, _) => {
            "the web server cannot send ranges of a file, which reviewseed needs; download the file first, or pipe it: curl … | reviewseed … - --table TABLE"
                .to_owned()
        }
        (_, Kind::Web) => format!("{cause}; check the address and whether the server is running"),
        (_, Kind::S3) => format!(
            "{cause}; check AWS_REGION and AWS_ENDPOINT_URL, and the credentials AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ),
        (_, Kind::Google) => format!(
            "{cause}; check GOOGLE_BASE_URL, if it is set, and the credentials in GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT"
        ),
        (_, Kind::Azure) => format!(
            "{cause}; check AZURE_STORAGE_ENDPOINT, if it is set, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"
        ),
    }
}

/// The last cause of an error. For an XML error of S3, its code and message.
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
