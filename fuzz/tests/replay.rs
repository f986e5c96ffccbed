//! Runs every target on its seeds, on inputs that failed before (`fuzz/found/<target>/`), and on some thousand
//! mutations of both. Needs no libFuzzer.

use std::path::Path;

/// Pseudo-random numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        const TELLING: &[u8] = b"\0\n.:/?&;,=%\"\\{}[]-_ \xffx0A";
        if self.below(2) == 0 {
            TELLING[self.below(TELLING.len())]
        } else {
            u8::try_from(self.below(256)).expect("a byte")
        }
    }

    /// Mutates the data once: sets, inserts or removes a byte, or duplicates or cuts off a piece.
    fn change(&mut self, data: &mut Vec<u8>) {
        let (at, other) = (self.below(data.len()), self.below(data.len()));
        match self.below(5) {
            0 if !data.is_empty() => data[at] = self.byte(),
            1 if !data.is_empty() => drop(data.remove(at)),
            2 if !data.is_empty() => data.truncate(at),
            3 if !data.is_empty() && data.len() < 10_000 => {
                let piece = data[at.min(other)..at.max(other)].to_vec();
                data.splice(at..at, piece);
            }
            _ => data.insert(at, self.byte()),
        }
    }
}

#[test]
fn every_target_passes_on_its_seeds_and_their_mutations() {
    for (name, target, seeds) in fuzz::TARGETS {
        let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(name);
        let mut inputs = seeds();
        for entry in std::fs::read_dir(found).into_iter().flatten() {
            inputs.push(std::fs::read(entry.expect("an entry").path()).expect("an input"));
        }
        assert!(inputs.len() >= 3, "{name}");
        let mut numbers = Numbers(7);
        for input in inputs {
            target(&input);
            for _ in 0..150 {
                let mut data = input.clone();
                for _ in 0..=numbers.below(6) {
                    numbers.change(&mut data);
                    target(&data);
                }
            }
        }
        target(b"");
    }
}
