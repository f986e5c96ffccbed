//! The built plugin in wasmtime, with a host that is as friendly as Traefik and counts instructions.
//!
//! Counting is exact and the same on every machine, so it tells whether a change made the plugin do
//! less; what that is worth in Traefik, only Traefik tells.

use std::collections::BTreeMap;

use wasmtime::{Caller, Config, Engine, Extern, Linker, Memory, Module, Store};

/// Fuel for one call; more than any may need.
const FUEL: u64 = 1 << 40;

/// What the guest asks of, and what it has asked.
#[derive(Default)]
pub struct State {
    /// The middleware's options.
    pub config: String,
    /// The environment, `NAME=value` each.
    pub environment: Vec<String>,
    /// Seconds since 1970.
    pub now: u64,
    /// The request's URI.
    pub uri: String,
    /// The request's headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Each call to the host: its name, and how many instructions ran since the one before.
    pub calls: Vec<(&'static str, u64)>,
    /// What was left of the fuel at the last of them.
    pub fuel: u64,
}

/// A running instance.
pub struct Guest {
    store: Store<State>,
    instance: wasmtime::Instance,
}

/// What one request cost.
pub struct Cost {
    /// Instructions in all.
    pub instructions: u64,
    /// Whether the request went on.
    pub forwarded: bool,
}

impl Guest {
    /// Instantiates the plugin.
    pub fn start(wasm: &[u8], state: State) -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).expect("a wasm engine");
        let module = Module::new(&engine, wasm).expect("a wasm module");
        let mut store = Store::new(&engine, state);
        let mut linker = Linker::new(&engine);
        handler(&mut linker);
        wasi(&mut linker);
        store.set_fuel(FUEL).expect("fuel");
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
            initialize.call(&mut store, ()).expect("it starts");
        }
        Self { store, instance }
    }

    /// The request to come.
    pub fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    /// One request, and its answer.
    pub fn request(&mut self) -> Cost {
        self.store.set_fuel(FUEL).expect("fuel");
        let state = self.store.data_mut();
        state.calls.clear();
        state.fuel = FUEL;
        let request = self.instance.get_typed_func::<(), i64>(&mut self.store, "handle_request");
        let next = request.expect("the export").call(&mut self.store, ()).expect("no trap");
        let response = self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "handle_response");
        let context = i32::try_from(next >> 32).expect("a context");
        response.expect("the export").call(&mut self.store, (context, 0)).expect("no trap");
        let left = self.store.get_fuel().expect("fuel");
        Cost { instructions: FUEL - left, forwarded: next & 1 == 1 }
    }

    /// Bytes of linear memory.
    pub fn memory(&mut self) -> usize {
        let memory = self.instance.get_memory(&mut self.store, "memory").expect("its memory");
        memory.data_size(&self.store)
    }
}

fn memory(caller: &mut Caller<'_, State>) -> Memory {
    caller.get_export("memory").and_then(Extern::into_memory).expect("its memory")
}

/// Notes the call and what ran since the one before.
fn note(caller: &mut Caller<'_, State>, name: &'static str) {
    let left = caller.get_fuel().expect("fuel");
    let state = caller.data_mut();
    let since = state.fuel.saturating_sub(left);
    state.fuel = left;
    state.calls.push((name, since));
}

fn text(caller: &mut Caller<'_, State>, at: i32, length: i32) -> String {
    let range = at as usize..(at + length) as usize;
    String::from_utf8_lossy(&memory(caller).data(&*caller)[range]).into_owned()
}

fn put(caller: &mut Caller<'_, State>, value: &[u8], at: i32, limit: i32) -> i32 {
    if value.len() <= limit as usize {
        memory(caller).write(caller, at as usize, value).expect("inside its memory");
    }
    i32::try_from(value.len()).expect("a length")
}

fn list(caller: &mut Caller<'_, State>, values: &[String], at: i32, limit: i32) -> i64 {
    let joined: Vec<u8> = values.iter().flat_map(|value| value.bytes().chain([0])).collect();
    let size = put(caller, &joined, at, limit);
    i64::try_from(values.len()).expect("a count") << 32 | i64::from(size)
}

fn handler(linker: &mut Linker<State>) {
    type C<'a> = Caller<'a, State>;
    let module = "http_handler";
    macro_rules! import {
        ($name:literal, |$caller:ident $(, $argument:ident: $type:ty)*| $body:expr) => {
            linker
                .func_wrap(module, $name, |mut $caller: C<'_> $(, $argument: $type)*| {
                    note(&mut $caller, $name);
                    $body
                })
                .expect("one import of the name");
        };
    }
    import!("get_config", |caller, at: i32, limit: i32| {
        let value = caller.data().config.clone();
        put(&mut caller, value.as_bytes(), at, limit)
    });
    import!("get_uri", |caller, at: i32, limit: i32| {
        let value = caller.data().uri.clone();
        put(&mut caller, value.as_bytes(), at, limit)
    });
    import!("get_method", |caller, at: i32, limit: i32| put(&mut caller, b"POST", at, limit));
    import!("get_source_addr", |caller, at: i32, limit: i32| put(&mut caller, b"192.0.2.7:5000", at, limit));
    import!("get_header_names", |caller, _kind: i32, at: i32, limit: i32| {
        let names: Vec<String> = caller.data().headers.keys().cloned().collect();
        list(&mut caller, &names, at, limit)
    });
    import!("get_header_values", |caller, _kind: i32, name: i32, length: i32, at: i32, limit: i32| {
        let name = text(&mut caller, name, length).to_ascii_lowercase();
        let values: Vec<String> = caller.data().headers.get(&name).cloned().into_iter().collect();
        list(&mut caller, &values, at, limit)
    });
    import!("set_header_value", |caller, _kind: i32, _name: i32, _length: i32, _at: i32, _size: i32| ());
    import!("remove_header", |caller, _kind: i32, _name: i32, _length: i32| ());
    import!("set_uri", |caller, _at: i32, _length: i32| ());
    import!("set_status_code", |caller, _status: i32| ());
    import!("get_status_code", |caller| 200);
    import!("write_body", |caller, _kind: i32, _at: i32, _length: i32| ());
    import!("enable_features", |caller, features: i32| features);
    import!("log_enabled", |caller, _level: i32| 0);
    import!("log", |caller, _level: i32, _at: i32, _length: i32| ());
}

fn wasi(linker: &mut Linker<State>) {
    type C<'a> = Caller<'a, State>;
    let module = "wasi_snapshot_preview1";
    let one = |linker: Result<&mut Linker<State>, wasmtime::Error>| {
        linker.expect("one import of the name");
    };
    one(linker.func_wrap(
        module,
        "clock_time_get",
        |mut caller: C<'_>, _clock: i32, _precision: i64, at: i32| {
            note(&mut caller, "clock_time_get");
            let nanoseconds = caller.data().now * 1_000_000_000;
            memory(&mut caller).write(&mut caller, at as usize, &nanoseconds.to_le_bytes()).expect("inside");
            0
        },
    ));
    one(linker.func_wrap(module, "environ_sizes_get", |mut caller: C<'_>, count: i32, size: i32| {
        let environment = &caller.data().environment;
        let numbers = [environment.len(), environment.iter().map(|entry| entry.len() + 1).sum()];
        for (at, number) in [count, size].into_iter().zip(numbers) {
            let bytes = u32::try_from(number).expect("a size").to_le_bytes();
            memory(&mut caller).write(&mut caller, at as usize, &bytes).expect("inside");
        }
        0
    }));
    one(linker.func_wrap(module, "environ_get", |mut caller: C<'_>, pointers: i32, mut at: i32| {
        for (number, entry) in caller.data().environment.clone().into_iter().enumerate() {
            let pointer = pointers as usize + 4 * number;
            memory(&mut caller).write(&mut caller, pointer, &at.to_le_bytes()).expect("inside");
            let bytes = [entry.as_bytes(), &[0]].concat();
            at += put(&mut caller, &bytes, at, i32::MAX);
        }
        0
    }));
    // Files are not looked at here: no directory is mounted.
    one(linker.func_wrap(module, "fd_prestat_get", |_: C<'_>, _: i32, _: i32| 8));
    one(linker.func_wrap(module, "fd_prestat_dir_name", |_: C<'_>, _: i32, _: i32, _: i32| 8));
    one(linker.func_wrap(
        module,
        "path_open",
        |_: C<'_>, _: i32, _: i32, _: i32, _: i32, _: i32, _: i64, _: i64, _: i32, _: i32| 8,
    ));
    one(linker.func_wrap(module, "fd_read", |_: C<'_>, _: i32, _: i32, _: i32, _: i32| 8));
    one(linker.func_wrap(module, "fd_close", |_: C<'_>, _: i32| 8));
}
