//! `loaderio-classic`: a classic payload file of loader.io, `{"keys":[…],"values":[["7"],…]}`.
//! loader.io appends the pairs to the query, or to the body of a POST.

use super::loaderio::{Payload, names};
use crate::targets::TargetKind;

pub(super) fn classic(target: TargetKind) -> Payload {
    Payload {
        head: format!("{{\"keys\":{},\"values\":[", names(target)),
        tail: "]}\n",
        first: true,
    }
}
