//! An in-memory disk that fails where a test says, and loses what a real disk may lose.

use redb::StorageBackend;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

/// The fault at a call that changes the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power fails: this call and all later ones fail.
    PowerCut,
    /// Only this call fails. If it is a sync, what was written since the last sync may be lost in part or in whole, as
    /// it happens with the page cache of Linux.
    Once,
}

#[derive(Default)]
struct State {
    /// The content that reads return.
    now: Vec<u8>,
    /// The content at the last sync.
    durable: Vec<u8>,
    /// The changes since the last sync.
    pending: Vec<Change>,
    /// The number of calls that changed something so far, and how many of them were syncs.
    calls: usize,
    syncs: usize,
    fault: Option<(usize, Fault)>,
    dead: bool,
    /// The capacity in bytes.
    room: Option<u64>,
    /// The seed that determines what is lost.
    seed: u64,
}

enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// An in-memory disk. Clones are handles to the same disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// A copy of the disk that will fail at the call with this number, counted from 0.
    #[must_use]
    pub fn failing(&self, at: usize, fault: Fault, seed: u64) -> Self {
        let now = self.state().now.clone();
        let state = State { durable: now.clone(), now, fault: Some((at, fault)), seed, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The number of calls that changed something so far.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// The number of syncs so far.
    pub fn syncs(&self) -> usize {
        self.state().syncs
    }

    /// Whether the fault has occurred.
    pub fn has_failed(&self) -> bool {
        let state = self.state();
        state.fault.is_some_and(|(at, _)| state.calls > at)
    }

    /// The length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.state().now.len() as u64
    }

    /// Limits the disk to this many bytes from now on, or removes the limit.
    pub fn set_room(&self, room: Option<u64>) {
        self.state().room = room;
    }

    /// What is found after a power failure: everything that was synced, and any part of what was not.
    #[must_use]
    pub fn after_power_cut(&self) -> Self {
        let mut state = self.state();
        state.lose();
        let found = state.now.clone();
        Self(Arc::new(Mutex::new(State { durable: found.clone(), now: found, ..State::default() })))
    }
}

impl State {
    /// A number below `bound`, determined by the seed (xorshift).
    fn choose(&mut self, bound: u64) -> u64 {
        self.seed |= 1;
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % bound
    }

    /// Keeps everything that was not synced, or decides for each change whether it is kept, lost, or (a write) kept up
    /// to some byte.
    fn lose(&mut self) {
        if self.choose(4) == 0 {
            return self.pending.clear();
        }
        let mut left = self.durable.clone();
        for change in std::mem::take(&mut self.pending) {
            match (self.choose(3), change) {
                (0, _) => {}
                (1, Change::Write(at, mut data)) => {
                    data.truncate(usize::try_from(self.choose(data.len() as u64 + 1)).unwrap());
                    write(&mut left, at, &data);
                }
                (_, Change::Write(at, data)) => write(&mut left, at, &data),
                (_, Change::Length(length)) => left.resize(length, 0),
            }
        }
        self.now = left;
    }

    /// Counts a call that changes the disk. Fails if this is the call with the fault, or if the power has failed.
    fn step(&mut self, is_sync: bool) -> Result<(), Error> {
        if self.dead {
            return Err(Error::other("the power is gone"));
        }
        let strikes = self.fault.filter(|(at, _)| *at == self.calls);
        self.calls += 1;
        self.syncs += usize::from(is_sync);
        match strikes {
            None => Ok(()),
            Some((_, Fault::PowerCut)) => {
                self.dead = true;
                Err(Error::other("the power goes"))
            }
            Some((_, Fault::Once)) => {
                if is_sync {
                    self.lose();
                    self.durable.clone_from(&self.now);
                }
                Err(Error::other("the disk says no"))
            }
        }
    }

    fn check_room(&self, length: usize) -> Result<(), Error> {
        if self.room.is_some_and(|room| length as u64 > room) {
            return Err(Error::from(ErrorKind::StorageFull));
        }
        Ok(())
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes.splice(at..at + data.len(), data.iter().copied());
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, Error> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let state = self.state();
        let found = state.now.get(place(offset)..place(offset) + out.len());
        out.copy_from_slice(found.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        let mut state = self.state();
        state.step(false)?;
        state.check_room(place(len))?;
        state.now.resize(place(len), 0);
        state.pending.push(Change::Length(place(len)));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.step(true)?;
        let State { now, durable, .. } = &mut *state;
        durable.clone_from(now);
        state.pending.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut state = self.state();
        state.step(false)?;
        state.check_room(place(offset) + data.len())?;
        write(&mut state.now, place(offset), data);
        state.pending.push(Change::Write(place(offset), data.to_vec()));
        Ok(())
    }
}
