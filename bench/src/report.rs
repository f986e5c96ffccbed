//! Formats results as tables and JSON.

/// The median; for an even number of values, the upper of the two middle ones.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A line of a table, with columns of equal width.
pub fn row(name: &str, columns: &[String]) -> String {
    let columns: String = columns.iter().map(|column| format!("{column:>13}")).collect();
    format!("{name:<28}{columns}")
}

/// Formats a number with two decimals; without decimals from 100 on.
pub fn shown(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The processor of this machine, and whether it has FSRM (fast short `rep movsb`): figures from different processors
/// are not comparable.
pub fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or("?", |(_, value)| value.trim())
    };
    let fsrm = field("flags").split_whitespace().any(|flag| flag == "fsrm");
    let has = if fsrm { "with" } else { "without" };
    format!("{}, family {} model {}, {has} FSRM", field("model name"), field("cpu family"), field("model\t"))
}

/// Writes a file into `target/bench` and prints its path.
pub fn write(name: &str, result: &serde_json::Value) {
    let directory = e2e::paths::repository().join("target/bench");
    std::fs::create_dir_all(&directory).expect("target/bench");
    let text = serde_json::to_string_pretty(result).expect("JSON");
    std::fs::write(directory.join(name), text + "\n").expect("a file in target/bench");
    println!("written to target/bench/{name}");
}
