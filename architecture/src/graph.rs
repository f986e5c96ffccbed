//! A directed graph of names, and a search for circles in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The names that each name uses, with an example of each use.
#[derive(Default)]
pub struct Graph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    /// Records that `from` uses `to`. Of several examples the first is kept.
    pub fn add(&mut self, from: String, to: String, example: String) {
        self.edges.entry(from).or_default().entry(to).or_insert(example);
    }

    /// The names that this name uses.
    pub fn uses(&self, from: &str) -> impl Iterator<Item = &str> {
        self.edges.get(from).into_iter().flat_map(|to| to.keys().map(String::as_str))
    }

    /// A shortest circle in the form `a → b → a`, each step with its example on a line; `None` if there is no circle.
    pub fn circle(&self) -> Option<String> {
        let circles = self.edges.keys().filter_map(|start| self.back_to(start));
        Some(self.shown(&circles.min_by_key(Vec::len)?))
    }

    /// The shortest path from a name back to itself, without the name at the end.
    fn back_to<'a>(&'a self, start: &'a str) -> Option<Vec<&'a str>> {
        let mut seen = BTreeSet::new();
        let mut ways = VecDeque::from([vec![start]]);
        while let Some(way) = ways.pop_front() {
            for next in self.uses(way.last()?) {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next) {
                    ways.push_back([way.as_slice(), &[next]].concat());
                }
            }
        }
        None
    }

    fn shown(&self, circle: &[&str]) -> String {
        let closed: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
        let mut text = closed.join(" → ");
        for (from, to) in closed.iter().zip(closed.iter().skip(1)) {
            let example = self.edges.get(*from).and_then(|edges| edges.get(*to));
            text.push_str("\n  ");
            text.push_str(example.map_or("", String::as_str));
        }
        text
    }
}
