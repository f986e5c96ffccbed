//! Implements the functions that the guest imports from `http_handler`.

use wasmtime::{Caller, Extern, Linker, Memory, Result, bail};

use crate::{Headers, Lie, State};

pub(crate) fn memory(caller: &mut Caller<'_, State>) -> Memory {
    caller.get_export("memory").and_then(Extern::into_memory).expect("its memory")
}

/// Records the call and the number of instructions since the previous call. Returns the lie to tell, if any; traps if
/// the lie is a trap.
pub(crate) fn enter(caller: &mut Caller<'_, State>, name: &'static str) -> Result<Option<Lie>> {
    let left = caller.get_fuel()?;
    let state = caller.data_mut();
    let since = state.fuel.saturating_sub(left);
    state.fuel = left;
    state.calls.push((name, since));
    let number = state.calls.len() - 1;
    match state.liar.as_mut().and_then(|liar| liar(name, number)) {
        Some(Lie::Trap) => bail!("the host trapped in {name}"),
        lie => Ok(lie),
    }
}

fn bytes(caller: &mut Caller<'_, State>, at: i32, length: i32) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    memory(caller).read(&*caller, at as usize, &mut bytes)?;
    Ok(bytes)
}

fn text(caller: &mut Caller<'_, State>, at: i32, length: i32) -> Result<String> {
    Ok(String::from_utf8_lossy(&bytes(caller, at, length)?).into_owned())
}

/// Writes a value into the guest's memory, or lies about it. Returns the reported size and the bytes that were written.
fn put(
    caller: &mut Caller<'_, State>,
    value: &[u8],
    (at, limit): (i32, i32),
    lie: Option<Lie>,
) -> Result<(i64, Vec<u8>)> {
    let size = i64::try_from(value.len())?;
    let (written, said) = match lie {
        Some(Lie::Size(said)) => (Vec::new(), said),
        Some(Lie::Silent) => (Vec::new(), size),
        Some(Lie::Half) => (value[..value.len() / 2].to_vec(), size),
        Some(Lie::Overwrite(said)) => (vec![b'x'; limit as usize], said),
        Some(Lie::OneMore) => (value.to_vec(), size + 1),
        Some(Lie::OneLess) => (value.to_vec(), size - 1),
        Some(Lie::Instead(other)) => (other.to_vec(), i64::try_from(other.len())?),
        Some(Lie::Trap | Lie::Count(_)) | None => (value.to_vec(), size),
    };
    if written.len() > limit as usize {
        return Ok((said, Vec::new()));
    }
    memory(caller).write(caller, at as usize, &written)?;
    Ok((said, written))
}

fn value(caller: &mut Caller<'_, State>, value: &[u8], buffer: (i32, i32), lie: Option<Lie>) -> Result<i32> {
    Ok(put(caller, value, buffer, lie)?.0 as i32)
}

fn list(
    caller: &mut Caller<'_, State>,
    values: &[Vec<u8>],
    buffer: (i32, i32),
    lie: Option<Lie>,
) -> Result<(i64, Vec<u8>)> {
    let joined: Vec<u8> = values.iter().flat_map(|value| value.iter().copied().chain([0])).collect();
    let (said, written) = put(caller, &joined, buffer, lie)?;
    let count = if let Some(Lie::Count(count)) = lie { count } else { i64::try_from(values.len())? };
    Ok((count << 32 | said & 0xffff_ffff, written))
}

fn headers(state: &mut State, kind: i32) -> &mut Headers {
    match kind {
        0 => &mut state.request,
        _ => &mut state.response,
    }
}

/// The names of these headers, as Traefik returns them: in lower case, sorted, each once.
fn names(headers: &Headers) -> Vec<Vec<u8>> {
    let mut names: Vec<String> = headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(String::into_bytes).collect()
}

/// Writes the next piece of a body into the guest's memory: as much as fits. Bit 32 of the result says that it was the
/// last.
fn read_body(
    caller: &mut Caller<'_, State>,
    kind: i32,
    (at, limit): (i32, i32),
    lie: Option<Lie>,
) -> Result<i64> {
    if limit == 0 {
        bail!("buf_limit==0 reading body");
    }
    let state = caller.data_mut();
    if kind != 0 && !(state.after_next && state.buffered) {
        bail!("the response is not buffered");
    }
    let (body, read) = match kind {
        0 => (&state.request_body, &mut state.read[0]),
        _ => (&state.body, &mut state.read[1]),
    };
    let rest = &body[*read..];
    let piece = rest[..rest.len().min(limit as usize)].to_vec();
    *read += piece.len();
    // Traefik learns of the end by reading beyond the last byte.
    let is_last = piece.len() < limit as usize;
    let (said, _) = put(caller, &piece, (at, limit), lie)?;
    Ok(i64::from(is_last) << 32 | said & 0xffff_ffff)
}

pub(crate) fn link(linker: &mut Linker<State>) {
    macro_rules! import {
        ($name:literal, |$caller:ident, $lie:ident $(, $argument:ident: $type:ty)*| $body:expr) => {
            linker
                .func_wrap("http_handler", $name, |mut $caller: Caller<'_, State> $(, $argument: $type)*| {
                    let $lie = enter(&mut $caller, $name)?;
                    $body
                })
                .expect("one import of the name");
        };
    }
    import!("get_config", |caller, lie, at: i32, limit: i32| {
        let config = caller.data().config.clone();
        value(&mut caller, &config, (at, limit), lie)
    });
    import!("get_uri", |caller, lie, at: i32, limit: i32| {
        let uri = caller.data().uri.clone();
        value(&mut caller, &uri, (at, limit), lie)
    });
    import!("get_method", |caller, lie, at: i32, limit: i32| {
        let method = caller.data().method.clone();
        value(&mut caller, &method, (at, limit), lie)
    });
    import!("get_source_addr", |caller, lie, at: i32, limit: i32| {
        let source = caller.data().source.clone();
        value(&mut caller, source.as_bytes(), (at, limit), lie)
    });
    import!("get_header_names", |caller, lie, kind: i32, at: i32, limit: i32| {
        let names = if kind > 1 { Vec::new() } else { names(headers(caller.data_mut(), kind)) };
        Ok(list(&mut caller, &names, (at, limit), lie)?.0)
    });
    import!("get_header_values", |caller, lie, kind: i32, name: i32, length: i32, at: i32, limit: i32| {
        let name = text(&mut caller, name, length)?;
        let same = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(&name);
        let held = headers(caller.data_mut(), kind);
        let values: Vec<Vec<u8>> = held.iter().filter(same).map(|(_, value)| value.clone()).collect();
        let (answer, written) = list(&mut caller, &values, (at, limit), lie)?;
        if name.eq_ignore_ascii_case("authorization") {
            caller.data_mut().shown.extend(written.split(|byte| *byte == 0).map(<[u8]>::to_vec));
        }
        Ok(answer)
    });
    import!("set_header_value", |caller, _lie, kind: i32, name: i32, length: i32, at: i32, size: i32| {
        let name = text(&mut caller, name, length)?;
        let value = bytes(&mut caller, at, size)?;
        let headers = headers(caller.data_mut(), kind);
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
        Ok(())
    });
    import!("remove_header", |caller, _lie, kind: i32, name: i32, length: i32| {
        let name = text(&mut caller, name, length)?;
        headers(caller.data_mut(), kind).retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        Ok(())
    });
    import!("set_uri", |caller, _lie, at: i32, length: i32| {
        caller.data_mut().uri = bytes(&mut caller, at, length)?;
        Ok(())
    });
    import!("get_status_code", |caller, _lie| {
        let state = caller.data();
        // As in Traefik, the call traps if the response is not buffered.
        if state.buffered { Ok(state.status) } else { bail!("the response is not buffered") }
    });
    import!("set_status_code", |caller, _lie, status: i32| {
        caller.data_mut().status = status;
        Ok(())
    });
    import!("read_body", |caller, lie, kind: i32, at: i32, limit: i32| {
        read_body(&mut caller, kind, (at, limit), lie)
    });
    import!("write_body", |caller, _lie, kind: i32, at: i32, length: i32| {
        let written = bytes(&mut caller, at, length)?;
        let state = caller.data_mut();
        if kind == 0 {
            if state.after_next {
                bail!("the request was forwarded already");
            }
            state.forwarded_body.get_or_insert_default().extend(written);
        } else {
            // As in Traefik, the first call replaces the body, and later calls append to it.
            if !core::mem::replace(&mut state.is_written, true) {
                state.body.clear();
            }
            state.body.extend(written);
        }
        Ok(())
    });
    import!("enable_features", |caller, lie, features: i32| {
        if let Some(Lie::Size(said)) = lie {
            return Ok(said as i32);
        }
        caller.data_mut().buffered |= features & 2 != 0;
        Ok(features)
    });
    import!("log_enabled", |caller, _lie, _level: i32| Ok(1));
    import!("log", |caller, _lie, _level: i32, at: i32, length: i32| {
        let line = text(&mut caller, at, length)?;
        caller.data_mut().log.push(line);
        Ok(())
    });
}
