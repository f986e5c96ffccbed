//! Which port a program listens on, read from the kernel, so that no port is ever chosen beforehand.

use std::collections::BTreeSet;
use std::path::Path;

/// The TCP ports on which process `id` listens.
pub fn listening(id: u32) -> Vec<u16> {
    let process = Path::new("/proc").join(id.to_string());
    let own: BTreeSet<String> = sockets(&process.join("fd"));
    let mut ports: Vec<u16> = ["net/tcp", "net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(process.join(table)).ok())
        .flat_map(|table| listeners(&table, &own))
        .collect();
    ports.sort_unstable();
    ports
}

/// The inodes of the sockets that a process has open.
fn sockets(directory: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return BTreeSet::new() };
    entries
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}

/// proc(5), `/proc/net/tcp`: the second field is the local address, the fourth the state (0A:
/// listening), the tenth the inode.
fn listeners(table: &str, own: &BTreeSet<String>) -> Vec<u16> {
    let port = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        let listens = fields.get(3) == Some(&"0A") && own.contains(*fields.get(9)?);
        listens.then(|| u16::from_str_radix(port, 16).ok())?
    };
    table.lines().skip(1).filter_map(port).collect()
}
