//! Limits the rates of any number of keys in a fixed amount of memory.
//!
//! This is a count-min sketch (Cormode and Muthukrishnan, 2005) whose cells hold times instead of counts: the time at
//! which a key has its whole allowance again (the generic cell rate algorithm, ITU-T I.371). It follows that:
//! - Nothing is ever evicted, so filling the memory resets no limit, and no key can evict another.
//! - A cell whose time has passed is equivalent to one that was never used. A key therefore occupies its cells only
//!   until it has its whole allowance again.
//! - A key never exceeds its rate. It is refused too early only if other keys were charged at each of its four cells; a
//!   random seed decides which keys share cells.

use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::time::UnixTime;

const ROWS: usize = 4;
/// The number of cells in a row; a power of two.
const WIDTH: usize = 4_096;
const NANOS: u64 = 1_000_000_000;

/// The cells of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cells([usize; ROWS]);

impl Cells {
    /// Selects the cells of a key from its keyed hash.
    pub(super) fn of(hash: u128) -> Self {
        let mut row = 0;
        Self([0_u32, 32, 64, 96].map(|shift| {
            let column = usize::try_from((hash >> shift) & (WIDTH as u128 - 1)).unwrap_or_default();
            row += 1;
            (row - 1) * WIDTH + column
        }))
    }
}

/// A charge for one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge {
    /// The key's cells.
    pub(super) cells: Cells,
    /// How many charges the key may make at once, and regains within one window.
    pub(super) count: u32,
}

/// The charge that was refused; if several were, one with the longest wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// The position of the charge in the list of charges.
    pub(super) index: usize,
    /// The number of seconds until the charge would be accepted, at least 1.
    pub(super) wait_secs: u64,
}

/// The cells of all keys whose limits have the same window.
#[derive(Debug)]
pub(super) struct Sketch {
    window: u64,
    cells: Mutex<Vec<u64>>,
}

impl Sketch {
    pub(super) fn new(window_secs: u64) -> Self {
        Self { window: window_secs.max(1).saturating_mul(NANOS), cells: Mutex::new(vec![0; ROWS * WIDTH]) }
    }

    /// Charges every key once. Fails, and charges no key, if any key is over its limit, so that a refused request costs
    /// nothing elsewhere.
    pub(super) fn charge(&self, charges: &[Charge], now: UnixTime) -> Result<(), Refused> {
        let now = now.as_secs().saturating_mul(NANOS);
        let full = now.saturating_add(self.window);
        let mut cells = self.cells();
        let mut refused: Option<Refused> = None;
        for (index, charge) in charges.iter().enumerate() {
            let due = self.due(&mut cells, charge, now, full);
            let wait_secs = due.saturating_sub(full).div_ceil(NANOS);
            if wait_secs > 0 && refused.is_none_or(|before| before.wait_secs < wait_secs) {
                refused = Some(Refused { index, wait_secs });
            }
        }
        if let Some(refused) = refused {
            return Err(refused);
        }
        for charge in charges {
            let due = self.due(&mut cells, charge, now, full);
            for slot in charge.cells.0 {
                if let Some(cell) = cells.get_mut(slot) {
                    *cell = due.max(*cell);
                }
            }
        }
        Ok(())
    }

    /// Returns when the key would have its whole allowance again if it were charged now, in nanoseconds since 1970.
    fn due(&self, cells: &mut [u64], charge: &Charge, now: u64, full: u64) -> u64 {
        let mut least = full;
        for slot in charge.cells.0 {
            if let Some(cell) = cells.get_mut(slot) {
                // If a cell holds a later time than `full`, the clock was set back. Then the cell is set to `full`, so
                // that nobody waits longer than one window.
                *cell = (*cell).min(full);
                least = least.min(*cell);
            }
        }
        let cost = self.window / u64::from(charge.count.max(1));
        least.max(now).saturating_add(cost)
    }

    fn cells(&self) -> MutexGuard<'_, Vec<u64>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    const T0: u64 = 1_800_000_000;

    /// Stands in for the keyed hash, and distributes keys as evenly.
    fn cells(key: u64) -> Cells {
        let digest = Sha256::digest(key.to_be_bytes());
        Cells::of(u128::from_be_bytes(*digest.first_chunk().unwrap()))
    }

    fn one(sketch: &Sketch, key: u64, count: u32, at: u64) -> Result<(), u64> {
        sketch
            .charge(&[Charge { cells: cells(key), count }], UnixTime::new(at))
            .map_err(|refused| refused.wait_secs)
    }

    #[test]
    fn so_many_at_once_and_then_at_the_rate() {
        let sketch = Sketch::new(10);
        assert_eq!([100, 101, 101].map(|at| one(&sketch, 1, 2, at)), [Ok(()), Ok(()), Err(4)]);
        assert_eq!([104, 105, 105].map(|at| one(&sketch, 1, 2, at)), [Err(1), Ok(()), Err(5)]);
        assert_eq!([115, 115, 115].map(|at| one(&sketch, 1, 2, at)), [Ok(()), Ok(()), Err(5)]);
        assert_eq!(one(&sketch, 2, 2, 101), Ok(()), "another key");
    }

    #[test]
    fn a_refused_charge_costs_none_of_the_keys_anything() {
        let sketch = Sketch::new(60);
        let both = |keys: [u64; 2]| {
            sketch.charge(&keys.map(|key| Charge { cells: cells(key), count: 1 }), UnixTime::new(T0))
        };
        assert_eq!(both([1, 2]), Ok(()));
        assert_eq!(both([1, 3]), Err(Refused { index: 0, wait_secs: 60 }));
        assert_eq!(both([4, 2]), Err(Refused { index: 1, wait_secs: 60 }));
        assert_eq!(both([3, 4]), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_a_window() {
        let sketch = Sketch::new(60);
        assert_eq!(one(&sketch, 1, 1, T0 + 1_000_000), Ok(()));
        assert_eq!(one(&sketch, 1, 1, T0), Err(60));
        assert_eq!(one(&sketch, 1, 1, T0 + 60), Ok(()));
    }

    /// A third as many keys as a row has cells are at their limit; hardly any other key is affected.
    #[test]
    fn many_keys_at_their_limit_neither_reset_each_other_nor_shut_others_out() {
        let sketch = Sketch::new(60);
        let hostile = 0..WIDTH as u64 / 3;
        for key in hostile.clone() {
            while one(&sketch, key, 3, T0).is_ok() {}
        }
        assert!(hostile.clone().all(|key| one(&sketch, key, 3, T0).is_err()), "none was forgotten");
        let honest = 1_000_000..1_010_000;
        let refused = honest.clone().filter(|key| one(&sketch, *key, 1_000, T0).is_err()).count();
        // (1 - e^(-1/3))^4 = 0.6 %
        assert!(refused < 120, "{refused} of {}", honest.count());
        assert_eq!(sketch.cells().len(), ROWS * WIDTH, "and the memory is what it was");
    }

    proptest! {
        /// Whatever other keys do, a key never makes more charges in a period than it may make at once plus those that
        /// it regains during the period.
        #[test]
        fn no_key_gets_more_than_its_rate(
            count in 1_u32..6,
            steps in prop::collection::vec((0_u64..40, 0_u64..15), 1..400),
        ) {
            let sketch = Sketch::new(30);
            let mut at = T0;
            let mut allowed: HashMap<u64, Vec<u64>> = HashMap::new();
            for (key, pause) in steps {
                at += pause;
                if one(&sketch, key, count, at).is_ok() {
                    allowed.entry(key).or_default().push(at);
                }
            }
            for times in allowed.values() {
                for (from, began) in times.iter().enumerate() {
                    for (to, ended) in times.iter().enumerate().skip(from) {
                        let taken = to - from + 1;
                        prop_assert!(taken as u64 * 30 <= u64::from(count) * (30 + ended - began), "{times:?}");
                    }
                }
            }
        }
    }
}
