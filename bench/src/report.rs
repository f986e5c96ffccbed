//! Figures as a table and as JSON.

/// The middle value; of an even number, the upper one of the two in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A line of a table, columns of one width.
pub fn row(name: &str, columns: &[String]) -> String {
    let columns: String = columns.iter().map(|column| format!("{column:>13}")).collect();
    format!("{name:<28}{columns}")
}

/// A number with so many digits as tell something.
pub fn shown(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
