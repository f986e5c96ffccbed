//! A host of the http-wasm HTTP handler ABI in wasmtime, for the built plugin.
//!
//! The host has one request and its response, records every call and counts instructions. If a test asks for it, the
//! host lies about sizes or about what it wrote, or traps in the middle of a call. Like any host, it cannot access
//! anything outside the guest's memory.

mod handler;
mod lie;
mod wasi;

use std::collections::BTreeMap;

pub use lie::{Liar, Lie};
use wasmtime::{Config, Engine, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};

/// The fuel (number of instructions) for one call: more than any call needs, and a limit for a call that never ends.
const FUEL: u64 = 1 << 36;

/// Headers in order.
pub type Headers = Vec<(String, Vec<u8>)>;

/// Everything that the guest can read, and what it has done.
pub struct State {
    /// The middleware's options.
    pub config: Vec<u8>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The wall clock, in seconds since 1970.
    pub now: u64,
    /// Files by name, in the one mounted directory, `/keys`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The request's method.
    pub method: Vec<u8>,
    /// The request's path and query.
    pub uri: Vec<u8>,
    /// The address and port of the peer.
    pub source: String,
    /// The request's headers.
    pub request: Headers,
    /// The request's body, as the client sends it.
    pub request_body: Vec<u8>,
    /// The body that is forwarded, if it was written.
    pub forwarded_body: Option<Vec<u8>>,
    /// The response's status.
    pub status: i32,
    /// The response's headers.
    pub response: Headers,
    /// The response's body.
    pub body: Vec<u8>,
    /// Log lines.
    pub log: Vec<String>,
    /// Whether the response is buffered.
    pub buffered: bool,
    /// Each call to the host: its name, and the number of instructions since the previous call.
    pub calls: Vec<(&'static str, u64)>,
    /// Every value of an `Authorization` header that was actually written into the guest's memory.
    pub shown: Vec<Vec<u8>>,
    /// Decides when to lie.
    pub liar: Option<Liar>,
    fuel: u64,
    /// How many bytes of the request's and of the response's body have been read.
    pub(crate) read: [usize; 2],
    pub(crate) is_written: bool,
    pub(crate) after_next: bool,
    open: BTreeMap<i32, (String, usize)>,
    limits: StoreLimits,
}

impl State {
    /// Creates a host with these options and this environment, and a request to `/mcp`.
    pub fn new(config: &str, environment: Vec<(String, String)>) -> Self {
        Self {
            config: config.as_bytes().to_vec(),
            environment,
            now: 1_800_000_000,
            files: BTreeMap::new(),
            method: b"POST".to_vec(),
            uri: b"/mcp".to_vec(),
            source: "192.0.2.7:5000".to_owned(),
            request: Vec::new(),
            request_body: Vec::new(),
            forwarded_body: None,
            status: 200,
            response: Vec::new(),
            body: Vec::new(),
            log: Vec::new(),
            buffered: false,
            calls: Vec::new(),
            shown: Vec::new(),
            liar: None,
            fuel: 0,
            read: [0; 2],
            is_written: false,
            after_next: false,
            open: BTreeMap::new(),
            limits: StoreLimits::default(),
        }
    }

    /// The values of a request header.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        let same = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        self.request.iter().filter(same).map(|(_, value)| value.as_slice()).collect()
    }
}

/// A compiled plugin.
pub struct Plugin {
    engine: Engine,
    module: Module,
}

impl Plugin {
    /// Compiles a plugin. `stack` is the size of the native stack for its calls, in bytes, in addition to the stack in
    /// its memory.
    pub fn compile(wasm: &[u8], stack: usize) -> Self {
        let mut config = Config::new();
        config.consume_fuel(true).max_wasm_stack(stack);
        let engine = Engine::new(&config).expect("a wasm engine");
        let module = Module::new(&engine, wasm).expect("a wasm module");
        Self { engine, module }
    }

    /// Instantiates the plugin, with at most `memory` bytes of linear memory.
    pub fn start(&self, state: State, memory: usize) -> Guest {
        let mut store = Store::new(&self.engine, state);
        store.data_mut().limits = StoreLimitsBuilder::new().memory_size(memory).build();
        store.limiter(|state| &mut state.limits);
        store.set_fuel(FUEL).expect("fuel");
        let mut linker = Linker::new(&self.engine);
        handler::link(&mut linker);
        wasi::link(&mut linker);
        let instance = linker.instantiate(&mut store, &self.module).expect("an instance");
        let initialize = instance.get_typed_func::<(), ()>(&mut store, "_initialize").expect("the export");
        initialize.call(&mut store, ()).expect("it starts, whatever is wrong");
        Guest { store, instance }
    }
}

/// A running instance.
pub struct Guest {
    store: Store<State>,
    instance: wasmtime::Instance,
}

/// The guest's result for a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The response is complete.
    Stopped,
    /// Call the next handler; the number is passed to `handle_response`.
    Forwarded(i32),
    /// The guest trapped.
    Trapped,
}

impl Guest {
    /// The host's state: what the guest can read, and what the guest did.
    pub fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    /// Runs a request. The records of the previous request are cleared.
    pub fn request(&mut self) -> Outcome {
        let state = self.store.data_mut();
        state.calls.clear();
        state.shown.clear();
        state.log.clear();
        (state.status, state.response, state.body, state.buffered) = (200, Vec::new(), Vec::new(), false);
        (state.read, state.is_written, state.after_next, state.forwarded_body) = ([0; 2], false, false, None);
        self.refuel();
        let export = self.instance.get_typed_func::<(), i64>(&mut self.store, "handle_request");
        match export.expect("the export").call(&mut self.store, ()) {
            Ok(next) if next & 1 == 1 => Outcome::Forwarded((next >> 32) as i32),
            Ok(_) => Outcome::Stopped,
            Err(_) => Outcome::Trapped,
        }
    }

    /// Runs the response to a forwarded request. Returns `false` if the guest trapped.
    pub fn response(&mut self, context: i32, is_error: bool) -> bool {
        self.refuel();
        self.store.data_mut().after_next = true;
        let export = self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "handle_response");
        export.expect("the export").call(&mut self.store, (context, i32::from(is_error))).is_ok()
    }

    /// The number of instructions since the last call began.
    pub fn instructions(&self) -> u64 {
        FUEL - self.store.get_fuel().expect("fuel")
    }

    /// The size of the linear memory in bytes.
    pub fn memory(&mut self) -> usize {
        let memory = self.instance.get_memory(&mut self.store, "memory").expect("its memory");
        memory.data_size(&self.store)
    }

    /// The bytes of linear memory in use, below and from `address` on: pages of 4 KiB that contain a byte other than
    /// zero. Only these pages take memory of the host.
    pub fn touched(&mut self, address: usize) -> (usize, usize) {
        const BLOCK: usize = 4096;
        let memory = self.instance.get_memory(&mut self.store, "memory").expect("its memory");
        let count = |bytes: &[u8]| bytes.chunks(BLOCK).filter(|block| block.iter().any(|b| *b != 0)).count();
        let (below, above) = memory.data(&self.store).split_at(address);
        (count(below) * BLOCK, count(above) * BLOCK)
    }

    fn refuel(&mut self) {
        self.store.set_fuel(FUEL).expect("fuel");
        self.store.data_mut().fuel = FUEL;
    }
}
