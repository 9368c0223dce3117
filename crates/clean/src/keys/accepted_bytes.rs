//! Saves accepted keys as bytes. Before rows are appended to a table, the keys of its existing rows
//! are saved in the ledger. After an interruption, these keys could not be distinguished from those
//! of the interrupted run.
//!
//! Format: for each unique key, in the order of the table's indexes, the length in bytes (8 bytes,
//! little-endian), then a roaring bitmap in the portable format.

use roaring::{RoaringBitmap, RoaringTreemap};

use super::error::{Result, StoreError};
use super::{AcceptedKeys, ExistingKeys, KeySet};
use model::schema::Table;

impl AcceptedKeys {
    /// Serializes the keys.
    ///
    /// # Errors
    ///
    /// When there is not enough memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for key in &self.sets {
            let mut set = Vec::new();
            match &key.values {
                KeySet::Narrow(values) => values.serialize_into(&mut set),
                KeySet::Wide(values) => values.serialize_into(&mut set),
            }
            .map_err(StoreError::Serialize)?;
            bytes.extend_from_slice(&(set.len() as u64).to_le_bytes());
            bytes.extend_from_slice(&set);
        }
        Ok(bytes)
    }

    /// Reads keys that [`AcceptedKeys::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or the unique keys of the table have changed.
    pub fn from_bytes(table: &Table, mut bytes: &[u8]) -> Result<AcceptedKeys> {
        let mut existing = ExistingKeys::of(table);
        for (_, set) in &mut existing.keys {
            let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(incomplete)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| incomplete())?;
            let (values, rest) = rest.split_at_checked(length).ok_or_else(incomplete)?;
            match set {
                KeySet::Narrow(set) => {
                    *set = RoaringBitmap::deserialize_from(values).map_err(damaged)?
                }
                KeySet::Wide(set) => {
                    *set = RoaringTreemap::deserialize_from(values).map_err(damaged)?
                }
            }
            bytes = rest;
        }
        if !bytes.is_empty() {
            let words = "the unique keys of the table have changed since the keys of its rows were \
                         saved in the ledger";
            return Err(StoreError::Saved(words.to_owned()));
        }
        Ok(existing.into_accepted())
    }
}

fn incomplete() -> StoreError {
    StoreError::Saved("the saved keys are incomplete".to_owned())
}

fn damaged(cause: std::io::Error) -> StoreError {
    StoreError::Saved(format!("the saved keys are damaged: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_schema::parse::parse;

    #[test]
    fn saved_keys_are_read_back() {
        let sql = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIGINT, b TINYINT, UNIQUE (a), UNIQUE (b, id));";
        let schema = parse(sql, "t.sql").unwrap();
        let mut keys = ExistingKeys::of(&schema.tables[0]);
        for id in [1u64, 7, u64::MAX] {
            keys.add(&[Some(id), Some(id << 7), (id != 7).then_some(3)]);
        }
        let keys = keys.into_accepted();
        let bytes = keys.to_bytes().unwrap();
        let again = AcceptedKeys::from_bytes(&schema.tables[0], &bytes).unwrap();
        assert_eq!(format!("{again:?}"), format!("{keys:?}"));
        assert_eq!(again.to_bytes().unwrap(), bytes);
        for wrong in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), b""] {
            assert!(AcceptedKeys::from_bytes(&schema.tables[0], wrong).is_err());
        }
    }
}
