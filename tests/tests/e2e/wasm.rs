//! The built plugin as a file: its imports, its instructions, and its size.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use e2e::paths;
use tempfile::TempDir;
use wasmparser::{Operator, Parser, Payload};

/// The maximum size of the plugin, in bytes.
const LIMIT: usize = 300 * 1024;

#[test]
fn the_plugin_imports_nothing_but_the_host_and_wasi_without_sockets() {
    let bytes = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    let mut imported = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ImportSection(section) = payload.expect("a WebAssembly module") {
            for import in section.into_imports() {
                let import = import.expect("an import");
                imported.insert((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    assert!(imported.iter().any(|(module, _)| module == "http_handler"), "{imported:?}");
    for (module, name) in &imported {
        let wasi = module == "wasi_snapshot_preview1" && !name.starts_with("sock_");
        assert!(module == "http_handler" || wasi, "{module}.{name}");
    }
}

#[test]
fn the_plugin_is_at_most_300_kib() {
    let size = std::fs::read(paths::plugin_wasm()).expect("the plugin").len();
    assert!(size <= LIMIT, "{size} bytes");
}

/// Runs `tools/check_plugin.py` on a file. Returns whether the file passes, and the message.
fn checked(path: &Path, arguments: &[&str]) -> (bool, String) {
    let script = paths::repository().join("tools/check_plugin.py");
    let output = Command::new("python3").arg(script).args(arguments).arg(path).output().expect("python3");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn checked_text(module: &str) -> (bool, String) {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("guest.wasm");
    std::fs::write(&path, wat::parse_str(module).expect("a WebAssembly text")).expect("the module");
    checked(&path, &["--guest"])
}

/// Returns a module with one function that consists of these instructions.
fn module(instructions: &str) -> String {
    format!(
        "(module (memory 1) (table $t 1 funcref) (data $d \"x\") (elem $e func $f) (func $f {instructions}))"
    )
}

/// Bulk memory instructions. Each has its operands, and a preceding instruction that a parser of the code section must
/// skip correctly.
const BULK: [(&str, &str); 8] = [
    ("memory.copy", "(memory.copy (i32.const 0) (i32.const 1) (i32.const 5000))"),
    ("memory.fill", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 5000))"),
    ("memory.init", "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))"),
    ("data.drop", "(data.drop $d)"),
    ("table.copy", "(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 1))"),
    ("table.init", "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))"),
    ("table.fill", "(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))"),
    ("elem.drop", "(elem.drop $e)"),
];

/// Instructions with every kind of immediate.
const OTHERS: &str = "
    (block (loop (br_if 1 (i32.const -70000)) (br_table 0 1 0 (i32.const 0))))
    (drop (if (result i64) (i32.const 1) (then (i64.const 0x7ffffffffffffffc)) (else (i64.const -2))))
    (drop (f32.const 1.5)) (drop (f64.const 2.5e300))
    (drop (i32.trunc_sat_f32_s (f32.const 252.0)))
    (drop (ref.is_null (ref.null func))) (drop (ref.func $f))
    (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))
    (drop (memory.grow (memory.size)))
    (drop (table.grow $t (ref.null func) (table.size $t)))
    (i32.store offset=1032 (i32.const 8) (i32.load8_u offset=2000 (i32.const 8)))
    (v128.store offset=16 (i32.const 0) (v128.const i64x2 0x0afc0bfc0cfc0dfc 0x0a0b0c0d0e0f1011))
    (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.load (i32.const 0)) (v128.load (i32.const 1))))
    (drop (i32x4.extract_lane 3 (v128.load32_lane 1 (i32.const 0) (v128.const i64x2 1 2))))
    (drop (i64x2.add (v128.const i64x2 1 2) (v128.load64_zero (i32.const 0))))
    (call_indirect (i32.const 0))
";

#[test]
fn the_check_refuses_a_file_with_any_bulk_memory_instruction() {
    let (passes, said) = checked_text(&module(OTHERS));
    assert!(passes, "refused without a reason: {said}");
    for (name, instructions) in BULK {
        for body in [instructions.to_owned(), format!("{OTHERS} {instructions} {OTHERS}")] {
            let (passes, said) = checked_text(&module(&body));
            assert!(!passes && said.contains(&format!("1 {name}")), "{name}: {said}");
        }
    }
}

#[test]
fn the_check_refuses_a_file_that_it_cannot_read() {
    let directory = TempDir::new().expect("a temporary directory");
    let whole = wat::parse_str(module(OTHERS)).expect("a WebAssembly text");
    for (number, bytes) in [&whole[..whole.len() - 9], b"not a module"].iter().enumerate() {
        let path = directory.path().join(format!("{number}.wasm"));
        std::fs::write(&path, bytes).expect("the module");
        let (passes, said) = checked(&path, &["--guest"]);
        assert!(!passes && said.contains("cannot be read"), "{number}: {said}");
    }
    // Instructions of later proposals: threads, relaxed vectors, tail calls, and typed references.
    for instructions in [
        "(drop (i32.atomic.load (i32.const 0)))",
        "(drop (i8x16.relaxed_swizzle (v128.const i64x2 1 2) (v128.const i64x2 1 2)))",
        "(return_call $f)",
        "(drop (ref.as_non_null (ref.null func)))",
    ] {
        let (passes, said) = checked_text(&module(instructions));
        assert!(!passes && said.contains("not known here"), "{instructions}: {said}");
    }
}

#[test]
fn the_check_refuses_a_plugin_of_over_300_kib() {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("plugin.wasm");
    let mut bytes = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    // Appends a custom section to exceed the limit; its name is empty.
    let filling = vec![0; LIMIT + 1 - bytes.len()];
    let mut length = filling.len();
    bytes.push(0);
    while length > 0x7f {
        bytes.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).expect("seven bits"));
    bytes.extend(filling);
    std::fs::write(&path, &bytes).expect("the module");
    let (passes, said) = checked(&path, &[]);
    assert!(!passes && said.contains("more than 307200"), "{said}");
}

/// Compares the count of our check with the count of an independent parser.
#[test]
fn the_plugin_and_the_guests_of_the_benchmarks_contain_no_bulk_memory_instruction() {
    let (passes, said) = checked(&paths::plugin_wasm(), &[]);
    assert!(passes && said.contains(": 0 bulk memory instructions"), "{said}");
    let plugin = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    assert_eq!(bulk(&plugin), 0);
    for guest in ["noop.wat", "calls.wat"] {
        let text = std::fs::read_to_string(paths::repository().join("bench").join(guest)).expect(guest);
        let (passes, said) = checked_text(&text);
        assert!(passes, "{guest}: {said}");
        assert_eq!(bulk(&wat::parse_str(&text).expect(guest)), 0, "{guest}");
    }
    let counted = wat::parse_str(module(BULK[0].1)).expect("a WebAssembly text");
    assert_eq!(bulk(&counted), 1, "the other parser counts bulk instructions");
}

fn bulk(wasm: &[u8]) -> usize {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload.expect("a WebAssembly module") {
            let operators = body.get_operators_reader().expect("instructions");
            count +=
                operators.into_iter().filter(|operator| is_bulk(operator.as_ref().expect("one"))).count();
        }
    }
    count
}

const fn is_bulk(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableFill { .. }
            | Operator::ElemDrop { .. }
    )
}
