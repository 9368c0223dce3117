//! Checks the rows of a batch: duplicate keys and missing parents.

use model::batch::Batch;
use model::rejection::Rule;

use super::error::Result;
use super::key_set::{Run, runs};
use super::of_rejected::Kind;
use super::reference::{Parents, Referred};
use super::{KeyCheckError, KeyFault, KeyRejection, Keys, Orphans};
use crate::Fault;

impl Keys {
    /// Checks the rows of a batch in order. Marks rejected rows in the batch, and returns them.
    ///
    /// # Errors
    ///
    /// `PendingParent` if a parent is missing but may still be loaded. The batch is then unchanged.
    /// `Failed` if the temporary file of the hashes cannot be written or read.
    pub fn check(
        &mut self,
        batch: &mut Batch,
    ) -> std::result::Result<Vec<KeyRejection>, KeyCheckError> {
        let are_found = self.all_parents_exist(batch)? && self.known_missing.is_empty();
        let rejected = match are_found && self.insert_batch(batch)? {
            true => Vec::new(),
            false => self.check_each_row(batch)?,
        };
        for reference in &mut self.deferred {
            reference.collect(batch);
        }
        for reference in &mut self.open {
            reference.collect(batch)?;
        }
        for links in &mut self.links {
            links.collect(&self.unique, batch)?;
        }
        for key in &mut self.hashed {
            key.accepted.spill_if_full()?;
        }
        Ok(rejected)
    }

    fn all_parents_exist(&self, batch: &Batch) -> std::result::Result<bool, KeyCheckError> {
        let mut are_found = true;
        for reference in &self.references {
            match reference.look_up(batch)? {
                Parents::Found => {}
                Parents::Missing => are_found = false,
                Parents::Pending(value) => {
                    return Err(KeyCheckError::PendingParent(reference.pending(value)));
                }
            }
        }
        Ok(are_found)
    }

    pub(super) fn check_each_row(&mut self, batch: &mut Batch) -> Result<Vec<KeyRejection>> {
        let mut rejected = Vec::new();
        for row in 0..batch.all_rows().len() {
            if !batch.all_rows()[row].alive {
                continue;
            }
            if let Some(key) = self.insert_row(batch, row)? {
                rejected.push(KeyRejection {
                    row,
                    column: Some(key.columns.join(", ")),
                    value: key.value,
                    fault: key.fault,
                });
                batch.reject(row);
            }
        }
        Ok(rejected)
    }

    /// Fast path: if all keys of the batch are new and form only a few ranges of consecutive
    /// values, inserts them at once. Otherwise inserts none and returns false; the caller then
    /// checks each row.
    fn insert_batch(&mut self, batch: &Batch) -> Result<bool> {
        let mut inserted: Vec<(usize, Run)> = Vec::new();
        for index in 0..self.unique.len() {
            let packing = &self.unique[index].packing;
            let runs = runs(|| packing.keys(batch), 16 + batch.len() / 8);
            for run in runs.iter().flatten() {
                if !self.unique[index].accepted.insert_all(run.clone()) {
                    break;
                }
                inserted.push((index, run.clone()));
            }
            let of_this_key = inserted.iter().filter(|(of, _)| *of == index).count();
            if runs.is_none_or(|runs| of_this_key < runs.len()) {
                for (index, run) in inserted {
                    self.unique[index].accepted.remove_all(run);
                }
                return Ok(false);
            }
        }
        if self.insert_all_hashed(batch)? {
            return Ok(true);
        }
        for (index, run) in inserted {
            self.unique[index].accepted.remove_all(run);
        }
        Ok(false)
    }

    /// Inserts the hashed keys of all rows. If one is a duplicate, inserts none and returns false.
    fn insert_all_hashed(&mut self, batch: &Batch) -> Result<bool> {
        let mut inserted: Vec<Vec<u128>> = Vec::new();
        for key in &mut self.hashed {
            let mut hashes = key.hashing.hashes(batch);
            if !key.accepted.insert_all(&mut hashes)? {
                for (key, hashes) in self.hashed.iter_mut().zip(inserted) {
                    for hash in hashes {
                        key.accepted.remove(hash);
                    }
                }
                return Ok(false);
            }
            inserted.push(hashes);
        }
        Ok(true)
    }

    /// Inserts the keys of a row, and returns its fault. The keys of a duplicate are not inserted.
    /// The keys of a row without a parent are inserted.
    fn insert_row(&mut self, batch: &Batch, row: usize) -> Result<Option<KeyFault>> {
        let duplicate = self.insert_keys(batch, row)?;
        if duplicate.is_some() {
            return Ok(duplicate);
        }
        if let Some(number) = self.missing_parent(batch, row)? {
            self.note_orphan(batch, row);
            let reference = &self.references[number];
            if self.orphans == Orphans::Rejected {
                return Ok(Some(reference.fault(batch, row)));
            }
            if !self.of_kept_orphans.contains(&reference.name) {
                self.of_kept_orphans.push(reference.name.clone());
            }
        }
        let mut known = self.known_missing.iter();
        let fault = known.find_map(|missing| missing.fault(batch, row));
        if fault.is_some() {
            self.note_orphan(batch, row);
        }
        Ok(fault)
    }

    /// Notes that the keys of a row are those of a rejected record.
    fn note_orphan(&mut self, batch: &Batch, row: usize) {
        for (number, key) in self.unique.iter().enumerate() {
            if let Some(packed) = key.packing.pack(batch, row) {
                self.of_rejected.note((Kind::Packed, number), packed.into());
            }
        }
        for (number, key) in self.hashed.iter_mut().enumerate() {
            if let Some(hash) = key.hashing.hash(batch, row, &mut key.bytes) {
                self.of_rejected.note((Kind::Hashed, number), hash);
            }
        }
    }

    /// Inserts the keys of a row. If one is a duplicate, inserts none and returns the fault.
    fn insert_keys(&mut self, batch: &Batch, row: usize) -> Result<Option<KeyFault>> {
        let mut inserted = 0;
        let mut fault = None;
        for (number, key) in self.unique.iter_mut().enumerate() {
            if let Some(packed) = key.packing.pack(batch, row)
                && !key.accepted.insert(packed)
            {
                let of_rejected = self.of_rejected.has((Kind::Packed, number), packed.into());
                fault = Some(KeyFault {
                    columns: key.packing.names.clone(),
                    value: key.packing.describe(batch, row),
                    fault: duplicate(&key.index, of_rejected),
                });
                break;
            }
            inserted += 1;
        }
        let mut hashed = Vec::new();
        if fault.is_none() {
            fault = self.insert_hashed(batch, row, &mut hashed)?;
        }
        if fault.is_some() {
            for key in &mut self.unique[..inserted] {
                if let Some(packed) = key.packing.pack(batch, row) {
                    key.accepted.remove(packed);
                }
            }
            for (key, hash) in self.hashed.iter_mut().zip(hashed) {
                if let Some(hash) = hash {
                    key.accepted.remove(hash);
                }
            }
        }
        Ok(fault)
    }

    /// Inserts the hashed keys of a row. Stops at the first duplicate. `inserted` receives the keys
    /// that were inserted.
    fn insert_hashed(
        &mut self,
        batch: &Batch,
        row: usize,
        inserted: &mut Vec<Option<u128>>,
    ) -> Result<Option<KeyFault>> {
        for (number, key) in self.hashed.iter_mut().enumerate() {
            let hash = key.hashing.hash(batch, row, &mut key.bytes);
            if let Some(hash) = hash
                && !key.accepted.insert(hash)?
            {
                let of_rejected = self.of_rejected.has((Kind::Hashed, number), hash);
                return Ok(Some(KeyFault {
                    columns: key.hashing.names.clone(),
                    value: key.hashing.describe(batch, row),
                    fault: duplicate(&key.index, of_rejected),
                }));
            }
            inserted.push(hash);
        }
        Ok(None)
    }

    /// The position of the first foreign key whose parent is missing.
    fn missing_parent(&self, batch: &Batch, row: usize) -> Result<Option<usize>> {
        for (number, reference) in self.references.iter().enumerate() {
            let Some(missing) = reference.missing(batch, row)? else {
                continue;
            };
            // if the parent was rejected only at the end of the first reading, `known_missing`
            // reports the row, so the foreign key is skipped here
            let is_rejected_later = match missing {
                Referred::Packed(value) => {
                    let mut known = self.known_missing.iter();
                    known.any(|of| of.has(&reference.name, value))
                }
                Referred::Hashed(_) => false,
            };
            if !is_rejected_later {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}

fn duplicate(index: &str, of_rejected: bool) -> Fault {
    let rejected = match of_rejected {
        true => {
            "; that record is rejected because it has no parent, and keeps its keys: correct it first"
        }
        false => "",
    };
    let message = format!("an earlier record has the same {index} key{rejected}");
    Fault::new(Rule::DuplicateKey, message)
}
