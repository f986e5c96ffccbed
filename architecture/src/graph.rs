//! A graph of names, and whether it holds a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who uses whom, each with an example.
#[derive(Default)]
pub struct Graph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    /// Adds that one uses the other. Of several examples the first is kept.
    pub fn add(&mut self, from: String, to: String, example: String) {
        self.edges.entry(from).or_default().entry(to).or_insert(example);
    }

    /// Whom this name uses.
    pub fn uses(&self, from: &str) -> impl Iterator<Item = &str> {
        self.edges.get(from).into_iter().flat_map(|to| to.keys().map(String::as_str))
    }

    /// A shortest circle, as `a → b → a`, each step with its example on a line; `None` if there is no circle.
    pub fn circle(&self) -> Option<String> {
        let circles = self.edges.keys().filter_map(|start| self.back_to(start));
        Some(self.shown(&circles.min_by_key(Vec::len)?))
    }

    /// The shortest way from a name back to it, without the name at the end.
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
