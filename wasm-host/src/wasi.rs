//! The WASI preview 1 functions that the plugin imports: the wall clock, the environment, and the files of one mounted
//! directory.

use wasmtime::{Caller, Linker, Result};

use crate::handler::{enter, memory};
use crate::{Lie, State};

const MOUNT: i32 = 3;
const NAME: &[u8] = b"/keys";
const BAD_DESCRIPTOR: i32 = 8;
const INPUT_OUTPUT: i32 = 29;
const NOT_THERE: i32 = 44;

fn write(caller: &mut Caller<'_, State>, at: i32, bytes: &[u8]) -> Result<()> {
    Ok(memory(caller).write(caller, at as usize, bytes)?)
}

fn number(caller: &mut Caller<'_, State>, at: i32) -> Result<i32> {
    let mut bytes = [0; 4];
    memory(caller).read(&*caller, at as usize, &mut bytes)?;
    Ok(i32::from_le_bytes(bytes))
}

pub(crate) fn link(linker: &mut Linker<State>) {
    macro_rules! import {
        ($name:literal, |$caller:ident, $lie:ident $(, $argument:ident: $type:ty)*| $body:expr) => {
            linker
                .func_wrap(
                    "wasi_snapshot_preview1",
                    $name,
                    |mut $caller: Caller<'_, State> $(, $argument: $type)*| -> Result<i32> {
                        let $lie = enter(&mut $caller, $name)?;
                        if let Some(Lie::Size(errno)) = $lie {
                            return Ok(errno as i32);
                        }
                        $body
                    },
                )
                .expect("one import of the name");
        };
    }
    import!("clock_time_get", |caller, _lie, _clock: i32, _precision: i64, at: i32| {
        let nanoseconds = caller.data().now.wrapping_mul(1_000_000_000);
        write(&mut caller, at, &nanoseconds.to_le_bytes())?;
        Ok(0)
    });
    import!("environ_sizes_get", |caller, _lie, count: i32, size: i32| {
        let entries = entries(caller.data());
        let bytes = entries.iter().map(Vec::len).sum::<usize>();
        write(&mut caller, count, &(entries.len() as u32).to_le_bytes())?;
        write(&mut caller, size, &(bytes as u32).to_le_bytes())?;
        Ok(0)
    });
    import!("environ_get", |caller, _lie, pointers: i32, at: i32| {
        let mut at = at;
        for (number, entry) in entries(caller.data()).into_iter().enumerate() {
            write(&mut caller, pointers + 4 * number as i32, &at.to_le_bytes())?;
            write(&mut caller, at, &entry)?;
            at += entry.len() as i32;
        }
        Ok(0)
    });
    import!("fd_prestat_get", |caller, _lie, descriptor: i32, at: i32| {
        if descriptor != MOUNT {
            return Ok(BAD_DESCRIPTOR);
        }
        write(&mut caller, at, &0_u32.to_le_bytes())?;
        write(&mut caller, at + 4, &(NAME.len() as u32).to_le_bytes())?;
        Ok(0)
    });
    import!("fd_prestat_dir_name", |caller, _lie, _descriptor: i32, at: i32, size: i32| {
        write(&mut caller, at, &NAME[..NAME.len().min(size as usize)])?;
        Ok(0)
    });
    import!("path_open", |caller,
                          _lie,
                          _mount: i32,
                          _lookup: i32,
                          at: i32,
                          length: i32,
                          _flags: i32,
                          _rights: i64,
                          _inheriting: i64,
                          _descriptor_flags: i32,
                          result: i32| {
        let mut name = vec![0; length as usize];
        memory(&mut caller).read(&caller, at as usize, &mut name)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if !caller.data().files.contains_key(&name) {
            return Ok(NOT_THERE);
        }
        let descriptor = 4 + caller.data().open.len() as i32;
        caller.data_mut().open.insert(descriptor, (name, 0));
        write(&mut caller, result, &descriptor.to_le_bytes())?;
        Ok(0)
    });
    import!("fd_read", |caller, lie, descriptor: i32, vectors: i32, _count: i32, result: i32| {
        let (at, size) = (number(&mut caller, vectors)?, number(&mut caller, vectors + 4)?);
        let Some((name, from)) = caller.data().open.get(&descriptor).cloned() else {
            return Ok(BAD_DESCRIPTOR);
        };
        // The file was removed between opening and reading.
        let Some(content) = caller.data().files.get(&name).cloned() else { return Ok(INPUT_OUTPUT) };
        let rest = content.get(from..).unwrap_or_default();
        let part = &rest[..rest.len().min(size as usize)];
        write(&mut caller, at, part)?;
        let said = match lie {
            Some(Lie::OneMore) => part.len() as u32 + 1,
            Some(Lie::Overwrite(said)) => said as u32,
            _ => part.len() as u32,
        };
        write(&mut caller, result, &said.to_le_bytes())?;
        caller.data_mut().open.insert(descriptor, (name, from + part.len()));
        Ok(0)
    });
    import!("fd_close", |caller, _lie, descriptor: i32| {
        let known = caller.data_mut().open.remove(&descriptor).is_some();
        Ok(if known { 0 } else { BAD_DESCRIPTOR })
    });
}

fn entries(state: &State) -> Vec<Vec<u8>> {
    let entry = |(name, value): &(String, String)| format!("{name}={value}\0").into_bytes();
    state.environment.iter().map(entry).collect()
}
