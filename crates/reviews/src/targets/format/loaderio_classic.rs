//! `loaderio-classic`: a classic payload file of loader.io, `{"keys":[…],"values":[["7"],…]}`;
//! loader.io appends the pairs to the query, or to the body of a POST, by itself.

use super::loaderio::{Payload, names};
use crate::targets::Of;

pub(super) fn classic(of: Of) -> Payload {
    Payload {
        head: format!("{{\"keys\":{},\"values\":[", names(of)),
        tail: "]}\n",
        first: true,
    }
}
