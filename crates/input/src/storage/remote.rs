//! Reads objects on a web server, in S3, Google Cloud Storage or Azure, with the object_store
//! crate.
//!
//! An object is fetched in windows. If it is read sequentially, some windows are fetched ahead. So
//! nothing is copied to disk, memory is bounded, and a lost connection costs one window. Every
//! response must belong to the object that was opened: its size, date and tag are compared.
//! Credentials come from the environment. They never occur in a message, because `shown` removes
//! them from addresses.

mod errors;
mod store;

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::error::{Context, Result, unfit};
use bytes::Bytes;
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};

use super::{Changed, State, Storage, Unreachable};
use store::{Place, Step};

/// Size of the first window in bytes. It is small because it is fetched for every file when the
/// file is opened, and kept until it is read.
const FIRST: u64 = 128 << 10;
/// Size of all other windows in bytes.
const WINDOW: u64 = 2 << 20;
/// Number of windows that are fetched ahead.
const AHEAD: u64 = 3;
/// Number of windows that are kept in memory. They suffice for the reader and for a second reader
/// of earlier records.
const KEPT: usize = 8;
/// How often a window is requested if its transfer is interrupted. The retries of object_store come
/// in addition.
const TRIES: usize = 3;

/// The tokio runtime for the requests. The readers need it, because they are plain threads outside
/// tokio.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("remote")
        .enable_all()
        .build()
});

/// An object on the network.
pub(super) struct Remote {
    place: Place,
    opened: ObjectMeta,
    windows: Mutex<VecDeque<Arc<Window>>>,
}

/// A window that is being fetched or has arrived. All readers that wait for it get the same result.
struct Window {
    number: u64,
    awaited: Mutex<Receiver<Result<Bytes, Error>>>,
    arrived: OnceLock<Result<Bytes, Loss>>,
}

#[derive(Clone)]
enum Loss {
    Changed,
    Unreachable(Unreachable),
}

impl From<Loss> for io::Error {
    fn from(loss: Loss) -> io::Error {
        match loss {
            Loss::Changed => io::Error::other(Changed),
            Loss::Unreachable(why) => io::Error::other(why),
        }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote")
            .field("bytes", &self.opened.size)
            .finish_non_exhaustive()
    }
}

impl Remote {
    pub(super) fn open(address: &str, name: &str) -> Result<Remote> {
        let place = Place::of(address, Step::Opening)?;
        let opened = wait(meta(place.clone()))
            .and_then(|found| {
                found.map_err(|e| io::Error::other(place.described(&e, Step::Opening)))
            })
            .with_context(|| format!("cannot read {name}"))?;
        Ok(Remote {
            place: Place::of(address, Step::Reading)?,
            opened,
            windows: Mutex::default(),
        })
    }

    /// Returns a window. Requests it if that was not done before. If windows are read in order,
    /// also requests the following ones.
    fn window(&self, number: u64) -> io::Result<Arc<Window>> {
        let mut windows = lock(&self.windows);
        let in_order = windows.iter().any(|w| w.number + 1 == number);
        let last = number_at(self.opened.size - 1);
        let ahead = if in_order { AHEAD } else { 0 };
        for wanted in (number..=(number + ahead).min(last)).rev() {
            let window = match windows.iter().position(|w| w.number == wanted) {
                Some(at) => windows.remove(at),
                None => Some(Arc::new(self.ask_for(wanted)?)),
            };
            windows.extend(window);
        }
        while windows.len() > KEPT {
            windows.pop_front();
        }
        windows
            .back()
            .cloned()
            .ok_or_else(|| io::Error::other(gone()))
    }

    fn ask_for(&self, number: u64) -> io::Result<Window> {
        let range = start_of(number)..start_of(number + 1).min(self.opened.size);
        let (place, opened) = (self.place.clone(), self.opened.clone());
        let arrival = begin(async move {
            let options = GetOptions::new().with_range(Some(range.clone()));
            let mut tries = 0;
            loop {
                let found = place.store.get_opts(&place.path, options.clone()).await?;
                if !same(&found.meta, &opened) {
                    return Err(changed());
                }
                tries += 1;
                match found.bytes().await {
                    Ok(bytes) if bytes.len() as u64 == range.end - range.start => return Ok(bytes),
                    Ok(_) if tries == TRIES => return Err(cut_short()),
                    Err(error) if tries == TRIES => return Err(error),
                    Ok(_) | Err(_) => {}
                }
            }
        })?;
        Ok(Window {
            number,
            awaited: Mutex::new(arrival),
            arrived: OnceLock::new(),
        })
    }
}

impl Window {
    fn bytes(&self, place: &Place) -> Result<&Bytes, Loss> {
        let arrived = self
            .arrived
            .get_or_init(|| match lock(&self.awaited).recv() {
                Ok(Ok(bytes)) => Ok(bytes),
                Ok(Err(error)) if is_change(&error) => Err(Loss::Changed),
                Ok(Err(error)) => Err(Loss::Unreachable(place.described(&error, Step::Reading))),
                Err(_) => Err(Loss::Unreachable(gone())),
            });
        arrived.as_ref().map_err(Clone::clone)
    }
}

impl Storage for Remote {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.opened.size || buffer.is_empty() {
            return Ok(0);
        }
        let window = self.window(number_at(offset))?;
        let bytes = window.bytes(&self.place).inspect_err(|_| {
            // a later read requests the window again
            lock(&self.windows).retain(|w| !Arc::ptr_eq(w, &window));
        })?;
        let rest = &bytes[(offset - start_of(window.number)) as usize..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        if offset + read as u64 == self.opened.size {
            lock(&self.windows).clear();
        }
        Ok(read)
    }

    fn state(&self) -> io::Result<State> {
        let found = wait(meta(self.place.clone()))?;
        let found = found.map_err(|e| io::Error::other(self.place.described(&e, Step::Reading)))?;
        let date = SystemTime::from(found.last_modified);
        Ok(State {
            bytes: found.size,
            // object_store uses the epoch for an object without a date, so the epoch means that the
            // date is unknown
            modified: (date > SystemTime::UNIX_EPOCH).then_some(date),
        })
    }
}

/// Number of the window that contains a byte.
fn number_at(offset: u64) -> u64 {
    match offset.checked_sub(FIRST) {
        None => 0,
        Some(behind) => 1 + behind / WINDOW,
    }
}

/// Offset of a window's first byte.
fn start_of(number: u64) -> u64 {
    match number.checked_sub(1) {
        None => 0,
        Some(before) => FIRST + before * WINDOW,
    }
}

/// Names of the files in a folder.
pub(super) fn list(address: &str) -> Result<Vec<String>> {
    let place = Place::of(address, Step::Opening)?;
    let asked = place.clone();
    let listed = wait(async move { asked.store.list_with_delimiter(Some(&asked.path)).await })?;
    let listed = listed
        .map_err(|e| io::Error::other(place.described(&e, Step::Opening)))
        .with_context(|| format!("cannot list {address}"))?;
    let names: Vec<String> = listed
        .objects
        .iter()
        .filter_map(|object| object.location.filename().map(str::to_owned))
        .collect();
    match names.is_empty() {
        true => Err(unfit!(
            "{address} has no files; check the bucket and the prefix"
        )),
        false => Ok(names),
    }
}

/// Fetches the metadata of an object. It uses a GET of the first byte, because signed addresses do
/// not allow HEAD.
async fn meta(place: Place) -> Result<ObjectMeta, Error> {
    let options = GetOptions::new().with_range(Some(0..1));
    match place.store.get_opts(&place.path, options).await {
        Ok(found) => Ok(found.meta),
        // an empty object has no first byte, so HEAD is tried too
        Err(error) => match place.store.head(&place.path).await {
            Ok(found) if found.size == 0 => Ok(found),
            _ => Err(error),
        },
    }
}

fn same(a: &ObjectMeta, b: &ObjectMeta) -> bool {
    (a.size, &a.e_tag, a.last_modified) == (b.size, &b.e_tag, b.last_modified)
}

fn changed() -> Error {
    Error::Generic {
        store: "remote",
        source: Box::new(Changed),
    }
}

fn is_change(error: &Error) -> bool {
    matches!(error, Error::Generic { source, .. } if source.is::<Changed>())
}

fn cut_short() -> Error {
    Error::Generic {
        store: "remote",
        source: "a response was incomplete".into(),
    }
}

fn gone() -> Unreachable {
    Unreachable(
        "the thread that fetches the file ended unexpectedly; please report this".to_owned(),
    )
}

/// Starts a request on the runtime, and returns a receiver of its result.
fn begin<T: Send + 'static>(
    request: impl Future<Output = T> + Send + 'static,
) -> io::Result<Receiver<T>> {
    let runtime = RUNTIME
        .as_ref()
        .map_err(|e| io::Error::new(e.kind(), e.to_string()))?;
    let (tell, exact) = mpsc::channel();
    runtime.spawn(async move {
        // sending fails if the reader no longer needs the window
        let _ = tell.send(request.await);
    });
    Ok(exact)
}

fn wait<T: Send + 'static>(request: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
    begin(request)?.recv().map_err(|_| io::Error::other(gone()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::{scope, sleep, spawn};
    use std::time::Duration;

    use super::*;

    /// A server that returns the metadata of a file, and 404 for every later request.
    fn forgetful(listener: &TcpListener) {
        for (asked, stream) in listener.incoming().enumerate() {
            let mut stream: TcpStream = stream.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            let answer = match asked {
                0 => {
                    "206 Partial Content\r\nContent-Range: bytes 0-0/10\r\nLast-Modified: Tue, 01 Oct 2024 00:00:00 GMT\r\nContent-Length: 1\r\n\r\n1"
                }
                _ => "404 Not Found\r\nContent-Length: 0\r\n\r\n",
            };
            // until all readers wait
            sleep(Duration::from_millis(500));
            let answer = format!(
                "HTTP/1.1 {}",
                answer.replacen("\r\n", "\r\nConnection: close\r\n", 1)
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    }

    #[test]
    fn all_readers_that_wait_for_a_failed_window_get_the_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/t.csv", listener.local_addr().unwrap());
        spawn(move || forgetful(&listener));
        let remote = Remote::open(&address, "t.csv").unwrap();
        let read = || remote.read_at(&mut [0; 10], 0).unwrap_err().to_string();
        let said = scope(|scope| {
            let readers = [scope.spawn(read), scope.spawn(read), scope.spawn(read)];
            readers.map(|reader| reader.join().unwrap())
        });
        for words in said {
            assert!(words.starts_with("there is no such file (404)"), "{words}");
        }
    }
}
